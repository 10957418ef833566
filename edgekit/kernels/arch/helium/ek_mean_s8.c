/* SPDX-License-Identifier: MIT-0 */
/* Mean over dimensions, for cores with Helium: where neighbours are kept, 8 of them at a time. */
#include "ek_mean_s8.h"

#include "ek_math.h"
#include "ek_sum_helium.h"

static int8_t to_output(const ek_mean *layer, int32_t sum)
{
    const int32_t v = ek_rescale(sum + layer->bias, layer->multiplier, layer->shift) + layer->output_zero_point;
    return (int8_t)ek_clamp(v, INT8_MIN, INT8_MAX);
}

void ek_mean_s8(const ek_mean *layer, const int8_t *x, int8_t *y)
{
    const ek_sum_window_helium window = {layer->reduced[0], layer->reduced_strides[0], layer->reduced[1],
                                         layer->reduced_strides[1]};
    const int32_t step = layer->kept_strides[1];
    const int32_t together = step == 1 ? 8 : 1;

    for (int32_t i = 0; i < layer->kept[0]; ++i, x += layer->kept_strides[0]) {
        for (int32_t j = 0; j < layer->kept[1]; j += together) {
            const int32_t now = ek_min(together, layer->kept[1] - j);
            int32_t sums[8];
            ek_sum_8_helium(window, x + j * step, now, sums);
            for (int32_t k = 0; k < now; ++k) {
                *y++ = to_output(layer, sums[k]);
            }
        }
    }
}
