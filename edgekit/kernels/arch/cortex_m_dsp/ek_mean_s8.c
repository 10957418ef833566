/* SPDX-License-Identifier: MIT-0 */
/* Mean over dimensions, for cores with the DSP extension: where neighbours are kept, 4 of them at a time. */
#include "ek_mean_s8.h"

#include "ek_math.h"
#include "ek_sum_dsp.h"

static int8_t to_output(const ek_mean *layer, int32_t sum)
{
    const int32_t v = ek_rescale(sum + layer->bias, layer->multiplier, layer->shift) + layer->output_zero_point;
    return (int8_t)ek_clamp(v, INT8_MIN, INT8_MAX);
}

static int32_t sum_reduced(const ek_mean *layer, const int8_t *x)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < layer->reduced[0]; ++i, x += layer->reduced_strides[0]) {
        const int8_t *element = x;
        for (int32_t j = 0; j < layer->reduced[1]; ++j, element += layer->reduced_strides[1]) {
            sum += *element;
        }
    }
    return sum;
}

void ek_mean_s8(const ek_mean *layer, const int8_t *x, int8_t *y)
{
    const int32_t step = layer->kept_strides[1];

    for (int32_t i = 0; i < layer->kept[0]; ++i, x += layer->kept_strides[0]) {
        int32_t j = 0;
        for (; step == 1 && j + 4 <= layer->kept[1]; j += 4) {
            int32_t sums[4];
            ek_sum_4_dsp(x + j, layer->reduced[0], layer->reduced_strides[0], layer->reduced[1],
                         layer->reduced_strides[1], sums);
            for (int32_t k = 0; k < 4; ++k) {
                *y++ = to_output(layer, sums[k]);
            }
        }
        for (; j < layer->kept[1]; ++j) {
            *y++ = to_output(layer, sum_reduced(layer, x + j * step));
        }
    }
}
