/* SPDX-License-Identifier: MIT-0 */
/* A slope below zero, in float. */
#include "ek_leaky_relu_f32.h"

void ek_leaky_relu_f32(const ek_leaky_relu_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        y[i] = x[i] > 0.0f ? x[i] : x[i] * layer->alpha;
    }
}
