/* SPDX-License-Identifier: MIT-0 */
/* Element-wise product in float, with broadcasting. */
#include "ek_mul_f32.h"

#include "ek_broadcast_f32.h"
#include "ek_float.h"

static void run(const void *context, const float *a, const float *b, float *y)
{
    const ek_mul_layer_f32 *layer = context;
    const int32_t a_step = layer->a_strides[4];
    const int32_t b_step = layer->b_strides[4];

    for (int32_t i = 0; i < layer->shape[4]; ++i) {
        y[i] = ek_clamp_f32(a[i * a_step] * b[i * b_step], layer->act_min, layer->act_max);
    }
}

void ek_mul_f32(const ek_mul_layer_f32 *layer, const float *a, const float *b, float *y)
{
    ek_broadcast_f32(layer->shape, layer->a_strides, layer->b_strides, run, layer, a, b, y);
}
