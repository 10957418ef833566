/* SPDX-License-Identifier: MIT-0 */
/* Mean over dimensions. */
#include "ek_mean_s16.h"

#include "ek_math.h"

static int32_t sum_reduced(const ek_mean_layer_s16 *layer, const int16_t *x)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < layer->reduced[0]; ++i, x += layer->reduced_strides[0]) {
        const int16_t *element = x;
        for (int32_t j = 0; j < layer->reduced[1]; ++j, element += layer->reduced_strides[1]) {
            sum += *element;
        }
    }
    return sum;
}

void ek_mean_s16(const ek_mean_layer_s16 *layer, const int16_t *x, int16_t *y)
{
    for (int32_t i = 0; i < layer->kept[0]; ++i) {
        const int16_t *from = x + i * layer->kept_strides[0];
        for (int32_t j = 0; j < layer->kept[1]; ++j, from += layer->kept_strides[1]) {
            const int32_t sum = sum_reduced(layer, from);
            const int32_t v = ek_rescale(sum, layer->multiplier, layer->shift);
            *y++ = (int16_t)ek_clamp(v, INT16_MIN, INT16_MAX);
        }
    }
}
