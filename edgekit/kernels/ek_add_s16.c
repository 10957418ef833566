/* SPDX-License-Identifier: MIT-0 */
/* Element-wise sum with broadcasting. */
#include "ek_add_s16.h"

#include "ek_broadcast_s16.h"
#include "ek_math.h"

/* The fractional bits of TFLite's int16 ADD. */
#define LEFT_SHIFT 15

static void run(const void *context, const int16_t *a, const int16_t *b, int16_t *y)
{
    const ek_add_layer_s16 *layer = context;
    const int32_t a_step = layer->a_strides[4];
    const int32_t b_step = layer->b_strides[4];

    for (int32_t i = 0; i < layer->shape[4]; ++i, a += a_step, b += b_step) {
        const int32_t wide_a = *a * (1 << LEFT_SHIFT);
        const int32_t wide_b = *b * (1 << LEFT_SHIFT);
        const int32_t sum = ek_rescale(wide_a, layer->a_multiplier, layer->a_shift) +
                            ek_rescale(wide_b, layer->b_multiplier, layer->b_shift);
        const int32_t v = ek_rescale(sum, layer->output_multiplier, layer->output_shift);
        y[i] = (int16_t)ek_clamp(v, layer->act_min, layer->act_max);
    }
}

void ek_add_s16(const ek_add_layer_s16 *layer, const int16_t *a, const int16_t *b, int16_t *y)
{
    ek_broadcast_s16(layer->shape, layer->a_strides, layer->b_strides, run, layer, a, b, y);
}
