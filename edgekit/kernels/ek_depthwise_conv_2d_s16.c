/* SPDX-License-Identifier: MIT-0 */
/* Depthwise 2-D convolution over int16: padding is never read. */
#include "ek_depthwise_conv_2d_s16.h"

#include "ek_wide.h"

/* The taps [first, last) of one axis that lie inside the input. */
typedef struct {
    int32_t first;
    int32_t last;
} taps;

static taps inside(int32_t at, int32_t size, int32_t kernel, int32_t dilation)
{
    taps result = {0, kernel};

    while (result.first < kernel && at + result.first * dilation < 0) {
        ++result.first;
    }
    while (result.last > result.first && at + (result.last - 1) * dilation >= size) {
        --result.last;
    }
    return result;
}

/* The sum of one output channel: x is its input channel at (0, 0), w its weight of the first tap. */
static int32_t sum_taps(const ek_depthwise_conv_2d_layer_s16 *layer, const int16_t *x, const int8_t *w, int32_t row,
                        int32_t column, taps rows, taps columns)
{
    const int32_t c = layer->input_c;
    const int32_t outputs = c * layer->depth_multiplier;
    const int32_t step = layer->dilation_w * c;
    int32_t sum = 0;

    for (int32_t ky = rows.first; ky < rows.last; ++ky) {
        const int32_t in_row = row + ky * layer->dilation_h;
        const int16_t *tap = x + (in_row * layer->input_w + column + columns.first * layer->dilation_w) * c;
        const int8_t *weight = w + (ky * layer->kernel_w + columns.first) * outputs;
        for (int32_t kx = columns.first; kx < columns.last; ++kx, tap += step, weight += outputs) {
            sum += *tap * *weight;
        }
    }
    return sum;
}

static void one_pixel(const ek_depthwise_conv_2d_layer_s16 *layer, const int16_t *x, int32_t row, int32_t column,
                      int16_t *y)
{
    const taps rows = inside(row, layer->input_h, layer->kernel_h, layer->dilation_h);
    const taps columns = inside(column, layer->input_w, layer->kernel_w, layer->dilation_w);
    int32_t o = 0;

    for (int32_t channel = 0; channel < layer->input_c; ++channel, ++x) {
        for (int32_t m = 0; m < layer->depth_multiplier; ++m, ++o) {
            const int64_t acc = sum_taps(layer, x, layer->weights + o, row, column, rows, columns) + layer->bias[o];
            const int32_t v = ek_rescale_wide(acc, layer->multiplier[o], layer->shift[o]);
            y[o] = (int16_t)ek_clamp(v, layer->act_min, layer->act_max);
        }
    }
}

void ek_depthwise_conv_2d_s16(const ek_depthwise_conv_2d_layer_s16 *layer, const int16_t *x, int16_t *y)
{
    int32_t row = -layer->pad_top;

    for (int32_t oy = 0; oy < layer->output_h; ++oy, row += layer->stride_h) {
        int32_t column = -layer->pad_left;
        for (int32_t ox = 0; ox < layer->output_w; ++ox, column += layer->stride_w) {
            one_pixel(layer, x, row, column, y);
            y += layer->input_c * layer->depth_multiplier;
        }
    }
}
