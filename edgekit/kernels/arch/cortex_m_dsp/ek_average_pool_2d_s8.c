/* SPDX-License-Identifier: MIT-0 */
/* Average pooling for cores with the DSP extension: 4 channels at a time. Input and output share scale and zero point,
 * so the mean of the raw values is the answer. */
#include "ek_average_pool_2d_s8.h"

#include "ek_clamp_dsp.h"
#include "ek_dsp.h"
#include "ek_math.h"
#include "ek_mean_window_dsp.h"

typedef struct {
    const ek_average_pool_2d *layer;
    int32_t rows;
    int32_t columns;
    int32_t count;
    ek_mean_window_dsp means;
} window;

/* Rounds half away from zero: C's division truncates. */
static int8_t quotient(int32_t sum, int32_t count)
{
    const int32_t sign = sum >> 31;
    return (int8_t)((sum + (((count >> 1) ^ sign) - sign)) / count);
}

static void add_halves(uint32_t even, uint32_t odd, int32_t sums[4])
{
    sums[0] += (int16_t)(even & 0xffff);
    sums[1] += (int16_t)(odd & 0xffff);
    sums[2] += (int32_t)even >> 16;
    sums[3] += (int32_t)odd >> 16;
}

static void four_quotients(const window *of, const int8_t *x, int8_t *y)
{
    const int32_t c = of->layer->channels;
    int32_t sums[4] = {0, 0, 0, 0};
    int32_t room = EK_MEAN_LONGEST; /* values that still fit 16 bits */
    uint32_t even = 0, odd = 0;

    for (int32_t row = 0; row < of->rows; ++row, x += of->layer->input_w * c) {
        const int8_t *tap = x;
        for (int32_t left = of->columns; left > 0; --left, tap += c) {
            const uint32_t word = ek_load_4(tap);
            even = ek_add_even_bytes(even, word);
            odd = ek_add_odd_bytes(odd, word);
            if (--room == 0) {
                add_halves(even, odd, sums);
                even = odd = 0;
                room = EK_MEAN_LONGEST;
            }
        }
    }
    add_halves(even, odd, sums);
    for (int32_t i = 0; i < 4; ++i) {
        y[i] = quotient(sums[i], of->count);
    }
}

static int8_t one_quotient(const window *of, const int8_t *x)
{
    const int32_t c = of->layer->channels;
    int32_t sum = 0;

    for (int32_t row = 0; row < of->rows; ++row, x += of->layer->input_w * c) {
        for (int32_t column = 0; column < of->columns; ++column) {
            sum += x[column * c];
        }
    }
    return quotient(sum, of->count);
}

/* Sets the size of the window. */
static void resize(window *of, int32_t rows, int32_t columns)
{
    const int32_t c = of->layer->channels;

    of->rows = rows;
    of->columns = columns;
    of->count = rows * columns;
    of->means.rows = rows;
    of->means.gap = (of->layer->input_w - columns) * c;
    of->means.columns = columns;
    of->means.column_stride = c;
    if (of->means.gap == 0) { /* one row of pixels */
        of->means.rows = 1;
        of->means.columns = of->count;
    }
    if (of->count == 1) { /* twice the same pixel */
        of->means.columns = 2;
        of->means.column_stride = 0;
    }
    ek_divide_by_dsp(&of->means, of->means.rows * of->means.columns);
}

/* One pixel; ek_clamp_all does for the activation. Where channels are no multiple of 4, the last are taken twice. */
static void pixel(const window *of, const int8_t *x, int32_t c, int8_t *y)
{
    if (c < 4) {
        for (int32_t channel = 0; channel < c; ++channel) {
            y[channel] = one_quotient(of, x + channel);
        }
    } else if (of->count > EK_MEAN_LONGEST) {
        for (int32_t channel = 0; channel < c; channel += 4) {
            const int32_t first = ek_min(channel, c - 4);
            four_quotients(of, x + first, y + first);
        }
    } else {
        ek_mean_4_dsp(&of->means, x, c & ~3, y);
        if (c & 3) {
            ek_mean_4_dsp(&of->means, x + c - 4, 4, y + c - 4);
        }
    }
}

/* A row of outputs from input rows x on; y may lie over the layer as far as the compiler knows, hence the copies. */
static int8_t *one_row(window *of, const int8_t *x, int32_t rows, int8_t *y)
{
    const ek_average_pool_2d *layer = of->layer;
    const int32_t c = layer->channels, input_w = layer->input_w;
    const int32_t filter_w = layer->filter_w, stride_w = layer->stride_w;
    int32_t columns_now = 0, column = -layer->pad_left;

    for (int32_t left = layer->output_w; left > 0; --left, column += stride_w, y += c) {
        const int32_t first = column < 0 ? 0 : column;
        const int32_t columns = ek_min(column + filter_w, input_w) - first;
        if (columns != columns_now) {
            columns_now = columns;
            resize(of, rows, columns);
        }
        pixel(of, x + first * c, c, y);
    }
    return y;
}

void ek_average_pool_2d_s8(const ek_average_pool_2d *layer, const int8_t *x, int8_t *y)
{
    window of = {.layer = layer};
    int8_t *out = y;

    for (int32_t oy = 0; oy < layer->output_h; ++oy) {
        const int32_t row = oy * layer->stride_h - layer->pad_top;
        const int32_t top = row < 0 ? 0 : row;
        const int32_t rows = ek_min(row + layer->filter_h, layer->input_h) - top;
        out = one_row(&of, x + top * layer->input_w * layer->channels, rows, out);
    }
    ek_clamp_all(y, (int32_t)(out - y), layer->act_min, layer->act_max);
}
