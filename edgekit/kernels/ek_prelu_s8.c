/* SPDX-License-Identifier: MIT-0 */
/* Leaky rectifier whose slopes are a tensor. */
#include "ek_prelu_s8.h"

#include "ek_broadcast.h"
#include "ek_math.h"

static void run(const void *context, const int8_t *a, const int8_t *b, int8_t *y)
{
    const ek_prelu *layer = context;
    const int32_t a_step = layer->a_strides[4];
    const int32_t b_step = layer->b_strides[4];

    for (int32_t i = 0; i < layer->shape[4]; ++i, a += a_step, b += b_step) {
        int32_t v = *a - layer->a_zero_point;
        if (v >= 0) {
            v = ek_rescale(v, layer->multiplier, layer->shift);
        } else {
            v = ek_rescale(v * (*b - layer->b_zero_point), layer->slope_multiplier, layer->slope_shift);
        }
        y[i] = (int8_t)ek_clamp(v + layer->output_zero_point, INT8_MIN, INT8_MAX);
    }
}

void ek_prelu_s8(const ek_prelu *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    ek_broadcast_s8(layer->shape, layer->a_strides, layer->b_strides, run, layer, a, b, y);
}
