/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_TANH_F32_H
#define EK_TANH_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = tanh(x), within 3 units in the last place. */
typedef struct {
    int32_t elements;
} ek_tanh_layer_f32;

void ek_tanh_f32(const ek_tanh_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
