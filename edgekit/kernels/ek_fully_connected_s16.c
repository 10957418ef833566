/* SPDX-License-Identifier: MIT-0 */
/* Fully connected layer over int16. */
#include "ek_fully_connected_s16.h"

#include "ek_wide.h"

void ek_fully_connected_s16(const ek_fully_connected_layer_s16 *layer, const int16_t *x, int16_t *y)
{
    const int32_t k = layer->in_features;

    for (int32_t row = 0; row < layer->rows; ++row, x += k) {
        const int8_t *w = layer->weights;
        for (int32_t o = 0; o < layer->out_features; ++o, w += k) {
            const int64_t acc = ek_dot_s16(x, w, k) + layer->bias[o];
            const int32_t v = ek_rescale_wide(acc, layer->multiplier[o], layer->shift[o]);
            *y++ = (int16_t)ek_clamp(v, layer->act_min, layer->act_max);
        }
    }
}
