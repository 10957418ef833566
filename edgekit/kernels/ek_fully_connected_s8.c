/* SPDX-License-Identifier: MIT-0 */
/* Fully connected layer, 4 features at a time. */
#include "ek_fully_connected_s8.h"

#include "ek_arch.h"
#include "ek_math.h"

static int8_t to_output(const ek_fully_connected *layer, int32_t o, int32_t sum)
{
    const int32_t entry = layer->per_channel ? o : 0;
    const int32_t acc = ek_add_wrapping(sum, layer->bias[o]);
    const int32_t v = ek_rescale(acc, layer->multiplier[entry], layer->shift[entry]) + layer->output_zero_point;
    return (int8_t)ek_clamp(v, layer->act_min, layer->act_max);
}

static void one_row(const ek_fully_connected *layer, const int8_t *x, int8_t *y)
{
    const int32_t k = layer->in_features;
    const int32_t features = layer->out_features;
    const int8_t *w = layer->weights;
    int32_t o = 0;

    for (; o + 4 <= features; o += 4, w += 4 * k) {
        int32_t sums[4];
        ek_dot_4x1_s8(x, w, k, sums);
        for (int32_t i = 0; i < 4; ++i) {
            y[o + i] = to_output(layer, o + i, sums[i]);
        }
    }
    for (; o < features; ++o, w += k) {
        y[o] = to_output(layer, o, ek_dot_s8(x, w, k));
    }
}

void ek_fully_connected_s8(const ek_fully_connected *layer, const int8_t *x, int8_t *y)
{
    for (int32_t row = 0; row < layer->rows; ++row, x += layer->in_features, y += layer->out_features) {
        one_row(layer, x, y);
    }
}
