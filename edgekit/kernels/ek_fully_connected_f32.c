/* SPDX-License-Identifier: MIT-0 */
/* Fully connected layer in float, 4 features at a time. */
#include "ek_fully_connected_f32.h"

#include "ek_float.h"

static void one_row(const ek_fully_connected_layer_f32 *layer, const float *x, float *y)
{
    const int32_t k = layer->in_features;
    const float *bias = layer->bias;
    const float *w = layer->weights;
    int32_t o = 0;

    for (; o + 4 <= layer->out_features; o += 4, w += 4 * k) {
        float sums[4] = {0.0f, 0.0f, 0.0f, 0.0f};
        ek_dot_4_f32(x, w, k, sums);
        for (int32_t i = 0; i < 4; ++i) {
            y[o + i] = ek_clamp_f32(sums[i] + bias[o + i], layer->act_min, layer->act_max);
        }
    }
    for (; o < layer->out_features; ++o, w += k) {
        y[o] = ek_clamp_f32(ek_dot_f32(x, w, k, 0.0f) + bias[o], layer->act_min, layer->act_max);
    }
}

void ek_fully_connected_f32(const ek_fully_connected_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t row = 0; row < layer->rows; ++row, x += layer->in_features, y += layer->out_features) {
        one_row(layer, x, y);
    }
}
