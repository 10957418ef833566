/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_LEAKY_RELU_F32_H
#define EK_LEAKY_RELU_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x where it is above 0, else alpha * x. */
typedef struct {
    int32_t elements;
    float alpha;
} ek_leaky_relu_layer_f32;

void ek_leaky_relu_f32(const ek_leaky_relu_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
