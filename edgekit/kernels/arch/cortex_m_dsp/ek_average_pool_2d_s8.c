/* SPDX-License-Identifier: MIT-0 */
/* Average pooling for cores with the DSP extension: 4 channels at a time. Input and output share scale and zero point,
 * so the mean of the raw values is the answer. */
#include "ek_average_pool_2d_s8.h"

#include "ek_clamp_dsp.h"
#include "ek_math.h"
#include "ek_mean_window_dsp.h"
#include "ek_sum_dsp.h"

/* Rounds half away from zero: C's division truncates. */
static int8_t quotient(int32_t sum, int32_t count)
{
    const int32_t sign = sum >> 31;
    return (int8_t)((sum + (((count >> 1) ^ sign) - sign)) / count);
}

static void four_quotients(const ek_mean_window_dsp *of, const int8_t *x, int32_t count, int8_t *y)
{
    int32_t sums[4];

    ek_sum_4_dsp(x, of->rows, of->columns * of->column_stride + of->gap, of->columns, of->column_stride, sums);
    for (int32_t i = 0; i < 4; ++i) {
        y[i] = quotient(sums[i], count);
    }
}

static int8_t one_quotient(const ek_mean_window_dsp *of, const int8_t *x, int32_t count)
{
    int32_t sum = 0;

    for (int32_t row = 0; row < of->rows; ++row, x += of->gap) {
        for (int32_t column = 0; column < of->columns; ++column, x += of->column_stride) {
            sum += *x;
        }
    }
    return quotient(sum, count);
}

/* Sets the size of the window. */
static void resize(const ek_average_pool_2d *layer, ek_mean_window_dsp *of, int32_t rows, int32_t columns)
{
    int32_t count = rows * columns;

    of->rows = rows;
    of->gap = (layer->input_w - columns) * layer->channels;
    of->columns = columns;
    of->column_stride = layer->channels;
    if (of->gap == 0) { /* one row of pixels */
        of->rows = 1;
        of->columns = count;
    }
    if (count == 1) { /* twice the same pixel */
        of->columns = count = 2;
        of->column_stride = 0;
    }
    ek_divide_by_dsp(of, count);
}

/* One pixel; ek_clamp_all does for the activation. Where channels are no multiple of 4, the last are taken twice. */
static void pixel(const ek_mean_window_dsp *of, const int8_t *x, int32_t c, int8_t *y)
{
    const int32_t count = of->rows * of->columns;

    if (c < 4) {
        for (int32_t channel = 0; channel < c; ++channel) {
            y[channel] = one_quotient(of, x + channel, count);
        }
    } else if (count > EK_MEAN_LONGEST) {
        for (int32_t channel = 0; channel < c; channel += 4) {
            const int32_t first = ek_min(channel, c - 4);
            four_quotients(of, x + first, count, y + first);
        }
    } else {
        ek_mean_4_dsp(of, x, c & ~3, y);
        if (c & 3) {
            ek_mean_4_dsp(of, x + c - 4, 4, y + c - 4);
        }
    }
}

/* A row of outputs from input rows x on; y may lie over the layer as far as the compiler knows, hence the copies. */
static int8_t *one_row(const ek_average_pool_2d *layer, const int8_t *x, int32_t rows, int8_t *y)
{
    const int32_t c = layer->channels, input_w = layer->input_w;
    const int32_t filter_w = layer->filter_w, stride_w = layer->stride_w;
    int32_t columns_now = 0, column = -layer->pad_left;
    ek_mean_window_dsp window;

    for (int32_t left = layer->output_w; left > 0; --left, column += stride_w, y += c) {
        const int32_t first = column < 0 ? 0 : column;
        const int32_t columns = ek_min(column + filter_w, input_w) - first;
        if (columns != columns_now) {
            columns_now = columns;
            resize(layer, &window, rows, columns);
        }
        pixel(&window, x + first * c, c, y);
    }
    return y;
}

void ek_average_pool_2d_s8(const ek_average_pool_2d *layer, const int8_t *x, int8_t *y)
{
    int8_t *out = y;

    for (int32_t oy = 0; oy < layer->output_h; ++oy) {
        const int32_t row = oy * layer->stride_h - layer->pad_top;
        const int32_t top = row < 0 ? 0 : row;
        const int32_t rows = ek_min(row + layer->filter_h, layer->input_h) - top;
        out = one_row(layer, x + top * layer->input_w * layer->channels, rows, out);
    }
    ek_clamp_all(y, (int32_t)(out - y), layer->act_min, layer->act_max);
}
