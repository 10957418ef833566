/* SPDX-License-Identifier: MIT-0 */
/* Average pooling for cores with the DSP extension: 4 channels at a time. Input and output share scale and zero point,
 * so the mean of the raw values is the answer. */
#include "ek_average_pool_2d_s8.h"

#include "ek_math.h"
#include "ek_sum_dsp.h"

/* Rounds half away from zero: C's division truncates. */
static int8_t mean_of(int32_t sum, int32_t count)
{
    const int32_t sign = sum >> 31;
    return (int8_t)((sum + (((count >> 1) ^ sign) - sign)) / count);
}

/* One pixel from the `rows` x `columns` window that starts at x; ek_clamp_all does for the activation. */
static void pixel(const ek_average_pool_2d *layer, const int8_t *x, int32_t rows, int32_t columns, int8_t *y)
{
    const int32_t c = layer->channels;
    const int32_t count = rows * columns;
    int32_t channel = 0;

    if (columns == layer->input_w) { /* one row of pixels */
        columns = count;
        rows = 1;
    }
    for (; channel + 4 <= c; channel += 4) {
        int32_t sums[4];
        ek_sum_4_dsp(x + channel, rows, layer->input_w * c, columns, c, sums);
        for (int32_t i = 0; i < 4; ++i) {
            y[channel + i] = mean_of(sums[i], count);
        }
    }
    for (; channel < c; ++channel) {
        int32_t sum = 0;
        for (int32_t row = 0; row < rows; ++row) {
            const int8_t *tap = x + channel + row * layer->input_w * c;
            for (int32_t column = 0; column < columns; ++column, tap += c) {
                sum += *tap;
            }
        }
        y[channel] = mean_of(sum, count);
    }
}

void ek_average_pool_2d_s8(const ek_average_pool_2d *layer, const int8_t *x, int8_t *y)
{
    const int32_t c = layer->channels;
    int8_t *out = y;

    for (int32_t oy = 0; oy < layer->output_h; ++oy) {
        const int32_t row = oy * layer->stride_h - layer->pad_top;
        const int32_t top = row < 0 ? 0 : row;
        const int32_t bottom = ek_min(row + layer->filter_h, layer->input_h);
        for (int32_t ox = 0; ox < layer->output_w; ++ox, out += c) {
            const int32_t column = ox * layer->stride_w - layer->pad_left;
            const int32_t left = column < 0 ? 0 : column;
            const int32_t right = ek_min(column + layer->filter_w, layer->input_w);
            pixel(layer, x + (top * layer->input_w + left) * c, bottom - top, right - left, out);
        }
    }
    ek_clamp_all(y, (int32_t)(out - y), layer->act_min, layer->act_max);
}
