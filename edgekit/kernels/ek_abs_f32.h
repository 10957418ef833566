/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_ABS_F32_H
#define EK_ABS_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = |x|. */
typedef struct {
    int32_t elements;
} ek_abs_layer_f32;

void ek_abs_f32(const ek_abs_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
