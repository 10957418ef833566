/* SPDX-License-Identifier: MIT-0 */
/* Softmax in float. */
#include "ek_softmax_f32.h"

#include "ek_exp.h"
#include "ek_float.h"

static void one_row(const ek_softmax_layer_f32 *layer, const float *x, float *y)
{
    float largest = -EK_FLOAT_MAX;
    float sum = 0.0f;

    for (int32_t i = 0; i < layer->depth; ++i) {
        largest = x[i] > largest ? x[i] : largest;
    }
    for (int32_t i = 0; i < layer->depth; ++i) {
        y[i] = ek_exp((x[i] - largest) * layer->beta);
        sum += y[i];
    }
    for (int32_t i = 0; i < layer->depth; ++i) {
        y[i] /= sum;
    }
}

void ek_softmax_f32(const ek_softmax_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t row = 0; row < layer->rows; ++row, x += layer->depth, y += layer->depth) {
        one_row(layer, x, y);
    }
}
