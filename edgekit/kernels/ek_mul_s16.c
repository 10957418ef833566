/* SPDX-License-Identifier: MIT-0 */
/* Element-wise product with broadcasting. */
#include "ek_mul_s16.h"

#include "ek_broadcast_s16.h"
#include "ek_math.h"

static void run(const void *context, const int16_t *a, const int16_t *b, int16_t *y)
{
    const ek_mul_layer_s16 *layer = context;
    const int32_t a_step = layer->a_strides[4];
    const int32_t b_step = layer->b_strides[4];

    for (int32_t i = 0; i < layer->shape[4]; ++i, a += a_step, b += b_step) {
        const int32_t product = *a * *b;
        const int32_t v = ek_rescale(product, layer->multiplier, layer->shift);
        y[i] = (int16_t)ek_clamp(v, layer->act_min, layer->act_max);
    }
}

void ek_mul_s16(const ek_mul_layer_s16 *layer, const int16_t *a, const int16_t *b, int16_t *y)
{
    ek_broadcast_s16(layer->shape, layer->a_strides, layer->b_strides, run, layer, a, b, y);
}
