/* SPDX-License-Identifier: MIT-0 */
/* Max pooling. */
#include "ek_max_pool_2d_s16.h"

#include "ek_math.h"

/* One pixel from the `rows` x `columns` window that starts at x. */
static void pixel(const ek_max_pool_2d_layer_s16 *layer, const int16_t *x, int32_t rows, int32_t columns, int16_t *y)
{
    const int32_t c = layer->channels;
    const int32_t row_stride = layer->input_w * c;

    for (int32_t channel = 0; channel < c; ++channel, ++x) {
        int32_t largest = INT16_MIN;
        for (int32_t row = 0; row < rows; ++row) {
            const int16_t *tap = x + row * row_stride;
            for (int32_t column = 0; column < columns; ++column, tap += c) {
                largest = *tap > largest ? *tap : largest;
            }
        }
        y[channel] = (int16_t)ek_clamp(largest, layer->act_min, layer->act_max);
    }
}

void ek_max_pool_2d_s16(const ek_max_pool_2d_layer_s16 *layer, const int16_t *x, int16_t *y)
{
    const int32_t c = layer->channels;

    for (int32_t oy = 0; oy < layer->output_h; ++oy) {
        const int32_t row = oy * layer->stride_h - layer->pad_top;
        const int32_t top = row < 0 ? 0 : row;
        const int32_t bottom = ek_min(row + layer->filter_h, layer->input_h);
        for (int32_t ox = 0; ox < layer->output_w; ++ox, y += c) {
            const int32_t column = ox * layer->stride_w - layer->pad_left;
            const int32_t left = column < 0 ? 0 : column;
            const int32_t right = ek_min(column + layer->filter_w, layer->input_w);
            pixel(layer, x + (top * layer->input_w + left) * c, bottom - top, right - left, y);
        }
    }
}
