/* SPDX-License-Identifier: MIT-0 */
/* Fully connected layer, 4 features at a time. */
#include "ek_fully_connected_s8.h"

#include "ek_arch.h"
#include "ek_math.h"

static void one_row(const ek_fully_connected *layer, const int8_t *x, int8_t *restrict y)
{
    const ek_output output = {layer->output_zero_point, layer->act_min, layer->act_max};
    const int32_t k = layer->in_features;
    const int32_t features = layer->out_features;
    const int8_t *w = layer->weights;
    int32_t sums[4];

    for (int32_t o = 0; o < features;) {
        const int32_t block = features - o < 4 ? 1 : 4;
        if (block == 4) {
            ek_dot_4x1_s8(x, w, k, sums);
        } else {
            sums[0] = ek_dot_s8(x, w, k);
        }
        w += block * k;
        for (const int32_t *sum = sums; sum != sums + block; ++sum, ++o) {
            const int32_t scale = layer->per_channel ? o : 0;
            const int32_t acc = ek_add_wrapping(*sum, layer->bias[o]);
            y[o] = ek_output_s8(acc, layer->multiplier[scale], layer->shift[scale], output);
        }
    }
}

void ek_fully_connected_s8(const ek_fully_connected *layer, const int8_t *x, int8_t *y)
{
    for (int32_t row = 0; row < layer->rows; ++row, x += layer->in_features, y += layer->out_features) {
        one_row(layer, x, y);
    }
}
