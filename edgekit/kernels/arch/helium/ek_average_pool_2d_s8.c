/* SPDX-License-Identifier: MIT-0 */
/* Average pooling for cores with Helium: 8 channels at a time. Input and output share scale and zero point, so the mean
 * of the raw values is the answer. */
#include "ek_average_pool_2d_s8.h"

#include "ek_math.h"
#include "ek_mean_helium.h"
#include "ek_sum_helium.h"

/* One pixel from a window of many values. */
static void long_window(const ek_average_pool_2d *layer, const int8_t *x, ek_sum_window_helium window, int8_t *y)
{
    const int32_t count = window.rows * window.columns;
    const int32_t half = count >> 1;

    for (int32_t left = layer->channels; left > 0; left -= 8, x += 8, y += 8) {
        const int32_t now = left < 8 ? left : 8;
        int32_t sums[8];
        ek_sum_8_helium(window, x, now, sums);
        for (int32_t i = 0; i < now; ++i) {
            /* Rounds half away from zero: C's division truncates. */
            const int32_t mean = (sums[i] > 0 ? sums[i] + half : sums[i] - half) / count;
            y[i] = (int8_t)ek_clamp(mean, layer->act_min, layer->act_max);
        }
    }
}

/* Sets the size of the window. */
static void resize(const ek_average_pool_2d *layer, ek_mean_window_helium *window, int32_t rows, int32_t columns)
{
    window->rows = rows;
    window->columns = columns;
    window->gap = (layer->input_w - columns) * layer->channels;
    window->count = rows * columns;
    if (window->gap == 0) { /* one row of pixels */
        window->rows = 1;
        window->columns = window->count;
    }
    window->even = 1 - (window->count & 1);
    window->multiplier = ek_mean_multiplier(window->count);
}

/* A row of outputs from input rows x on; y may lie over the layer as far as the compiler knows, hence the copies. */
static int8_t *one_row(const ek_average_pool_2d *layer, const int8_t *x, int32_t rows, ek_mean_window_helium *window,
                       int8_t *y)
{
    const int32_t c = layer->channels, input_w = layer->input_w;
    const int32_t filter_w = layer->filter_w, stride_w = layer->stride_w;
    int32_t columns_now = 0, column = -layer->pad_left;

    for (int32_t left = layer->output_w; left > 0; --left, column += stride_w, y += c) {
        const int32_t first = column < 0 ? 0 : column;
        const int32_t columns = ek_min(column + filter_w, input_w) - first;
        if (columns != columns_now) {
            columns_now = columns;
            resize(layer, window, rows, columns);
        }
        if (window->count <= EK_MEAN_LONGEST) {
            ek_mean_window_s8_helium(window, x + first * c, c, y);
        } else {
            long_window(layer, x + first * c, (ek_sum_window_helium){rows, input_w * c, columns, c}, y);
        }
    }
    return y;
}

void ek_average_pool_2d_s8(const ek_average_pool_2d *layer, const int8_t *x, int8_t *y)
{
    ek_mean_window_helium window = {
        .column_stride = layer->channels, .act_min = layer->act_min, .act_max = layer->act_max};

    for (int32_t oy = 0; oy < layer->output_h; ++oy) {
        const int32_t row = oy * layer->stride_h - layer->pad_top;
        const int32_t top = row < 0 ? 0 : row;
        const int32_t rows = ek_min(row + layer->filter_h, layer->input_h) - top;
        y = one_row(layer, x + top * layer->input_w * layer->channels, rows, &window, y);
    }
}
