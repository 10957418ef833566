/* SPDX-License-Identifier: MIT-0 */
/* A slope of its own below zero for each element in float, with broadcasting. */
#include "ek_prelu_f32.h"

#include "ek_broadcast_f32.h"

static void run(const void *context, const float *a, const float *b, float *y)
{
    const ek_prelu_layer_f32 *layer = context;
    const int32_t a_step = layer->a_strides[4];
    const int32_t b_step = layer->b_strides[4];

    for (int32_t i = 0; i < layer->shape[4]; ++i) {
        const float v = a[i * a_step];
        y[i] = v >= 0.0f ? v : v * b[i * b_step];
    }
}

void ek_prelu_f32(const ek_prelu_layer_f32 *layer, const float *a, const float *b, float *y)
{
    ek_broadcast_f32(layer->shape, layer->a_strides, layer->b_strides, run, layer, a, b, y);
}
