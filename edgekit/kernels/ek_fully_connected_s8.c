/* SPDX-License-Identifier: MIT-0 */
/* Fully connected layer, 4 features at a time. */
#include "ek_fully_connected_s8.h"

#include "ek_arch.h"
#include "ek_math.h"

/* Features [o, o + count) of one row. */
EK_INLINE void put(const ek_fully_connected *layer, const int32_t *sums, int32_t o, int32_t count, int8_t *restrict y)
{
    const ek_output output = {layer->output_zero_point, layer->act_min, layer->act_max};

    for (int32_t i = 0; i < count; ++i, ++o) {
        const int32_t scale = layer->per_channel ? o : 0;
        const int32_t acc = ek_add_wrapping(sums[i], layer->bias[o]);
        y[o] = ek_output_s8(acc, layer->multiplier[scale], layer->shift[scale], output);
    }
}

static void one_row(const ek_fully_connected *layer, const int8_t *x, int8_t *restrict y)
{
    const int32_t k = layer->in_features;
    const int8_t *w = layer->weights;
    int32_t sums[4];
    int32_t o = 0;

    for (; o + 4 <= layer->out_features; o += 4, w += 4 * k) {
        ek_dot_4x1_s8(x, w, k, sums);
        put(layer, sums, o, 4, y);
    }
    for (; o < layer->out_features; ++o, w += k) {
        sums[0] = ek_dot_s8(x, w, k);
        put(layer, sums, o, 1, y);
    }
}

void ek_fully_connected_s8(const ek_fully_connected *layer, const int8_t *x, int8_t *y)
{
    for (int32_t row = 0; row < layer->rows; ++row, x += layer->in_features, y += layer->out_features) {
        one_row(layer, x, y);
    }
}
