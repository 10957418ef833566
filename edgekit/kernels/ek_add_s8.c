/* SPDX-License-Identifier: MIT-0 */
/* Element-wise sum with broadcasting. */
#include "ek_add_s8.h"

#include "ek_math.h"

/* The fractional bits of TFLite's int8 ADD. */
#define LEFT_SHIFT 20

/* One run along the innermost dimension. */
static void add_run(const ek_add *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    for (int32_t i = 0; i < layer->shape[3]; ++i, a += layer->a_strides[3], b += layer->b_strides[3]) {
        const int32_t wide_a = (*a - layer->a_zero_point) * (1 << LEFT_SHIFT);
        const int32_t wide_b = (*b - layer->b_zero_point) * (1 << LEFT_SHIFT);
        const int32_t sum = ek_rescale(wide_a, layer->a_multiplier, layer->a_shift) +
                            ek_rescale(wide_b, layer->b_multiplier, layer->b_shift);
        const int32_t v = ek_rescale(sum, layer->output_multiplier, layer->output_shift) + layer->output_zero_point;
        y[i] = (int8_t)ek_clamp(v, layer->act_min, layer->act_max);
    }
}

void ek_add_s8(const ek_add *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    const int32_t *sa = layer->a_strides;
    const int32_t *sb = layer->b_strides;

    for (int32_t i = 0; i < layer->shape[0]; ++i) {
        for (int32_t j = 0; j < layer->shape[1]; ++j) {
            for (int32_t k = 0; k < layer->shape[2]; ++k, y += layer->shape[3]) {
                add_run(layer, a + i * sa[0] + j * sa[1] + k * sa[2], b + i * sb[0] + j * sb[1] + k * sb[2], y);
            }
        }
    }
}
