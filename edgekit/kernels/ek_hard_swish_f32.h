/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_HARD_SWISH_F32_H
#define EK_HARD_SWISH_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x * min(6, max(0, x + 3)) / 6. */
typedef struct {
    int32_t elements;
} ek_hard_swish_layer_f32;

void ek_hard_swish_f32(const ek_hard_swish_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
