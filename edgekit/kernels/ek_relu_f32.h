/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_RELU_F32_H
#define EK_RELU_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x within [act_min, act_max]. */
typedef struct {
    int32_t elements;
    float act_min;
    float act_max;
} ek_relu_layer_f32;

void ek_relu_f32(const ek_relu_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
