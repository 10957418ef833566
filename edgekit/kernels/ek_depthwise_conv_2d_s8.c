/* SPDX-License-Identifier: MIT-0 */
/* Depthwise 2-D convolution, pixel by pixel. A window that lies inside the input is read where it is; one that reaches
 * into the padding is first copied to scratch, with the zero point in the place of the padding. */
#include "ek_depthwise_conv_2d_s8.h"

#include "ek_arch.h"
#include "ek_math.h"

/* A window as the inner loop sees it: strides in bytes. */
typedef struct {
    const int8_t *x;
    int32_t row_stride;
    int32_t column_stride;
} window;

/* Output channels [first, last) of one pixel; `from` starts at the input channel of `first`. */
static void channels(const ek_depthwise_conv_2d *layer, window from, int8_t *restrict y, int32_t first, int32_t last)
{
    const ek_output output = {layer->output_zero_point, layer->act_min, layer->act_max};
    const int32_t taps = layer->kernel_h * layer->kernel_w;
    const int8_t *w = layer->weights + first * taps;

    for (int32_t o = first; o < last; ++from.x) {
        for (int32_t m = 0; m < layer->depth_multiplier; ++m, ++o, w += taps) {
            const int32_t sum = ek_dot_window_s8(from.x, from.row_stride, from.column_stride, w, layer->kernel_h,
                                                 layer->kernel_w);
            const int32_t acc = ek_add_wrapping(sum, layer->bias[o]);
            y[o] = ek_output_s8(acc, layer->multiplier[o], layer->shift[o], output);
        }
    }
}

/* `channels` for the most common form: 3x3, one output channel for each input channel. */
static void channels_3x3(const ek_depthwise_conv_2d *layer, window from, int8_t *restrict y, int32_t first,
                         int32_t last)
{
    const ek_output output = {layer->output_zero_point, layer->act_min, layer->act_max};
    const int32_t *bias = layer->bias;
    const int32_t *multiplier = layer->multiplier;
    const int8_t *shift = layer->shift;
    const int8_t *w = layer->weights + 9 * first;

    for (int32_t o = first; o < last; ++o, ++from.x, w += 9) {
        const int32_t sum = ek_dot_window_3x3_s8(from.x, from.row_stride, from.column_stride, w);
        y[o] = ek_output_s8(ek_add_wrapping(sum, bias[o]), multiplier[o], shift[o], output);
    }
}

static void pixel(const ek_depthwise_conv_2d *layer, window from, int8_t *y, int32_t first_c, int32_t last_c)
{
    const int32_t m = layer->depth_multiplier;

    if (layer->kernel_h == 3 && layer->kernel_w == 3 && m == 1) {
        channels_3x3(layer, from, y, first_c, last_c);
    } else {
        channels(layer, from, y, first_c * m, last_c * m);
    }
}

/* Copies channels [first, first + count) of the window at (row, column) to `to`: [kernel_h][kernel_w][count]. */
static void gather(const ek_depthwise_conv_2d *layer, const int8_t *x, int32_t row, int32_t column, int32_t first,
                   int32_t count, int8_t *to)
{
    for (int32_t ky = 0; ky < layer->kernel_h; ++ky, row += layer->dilation_h) {
        int32_t in = column;
        for (int32_t kx = 0; kx < layer->kernel_w; ++kx, in += layer->dilation_w, to += count) {
            if (row < 0 || row >= layer->input_h || in < 0 || in >= layer->input_w) {
                ek_fill_s8(to, layer->input_zero_point, count);
            } else {
                ek_copy_s8(to, x + (row * layer->input_w + in) * layer->input_c + first, count);
            }
        }
    }
}

/* A pixel whose window reaches into the padding. */
static void border_pixel(const ek_depthwise_conv_2d *layer, const int8_t *x, int32_t row, int32_t column, int8_t *y,
                         int8_t *scratch)
{
    for (int32_t first = 0; first < layer->input_c; first += layer->slab_c) {
        const int32_t rest = layer->input_c - first;
        const int32_t count = rest < layer->slab_c ? rest : layer->slab_c;
        const window from = {scratch, layer->kernel_w * count, count};
        gather(layer, x, row, column, first, count, scratch);
        pixel(layer, from, y, first, first + count);
    }
}

void ek_depthwise_conv_2d_s8(const ek_depthwise_conv_2d *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    const int32_t c = layer->input_c;
    const int32_t last_row = layer->input_h - 1 - (layer->kernel_h - 1) * layer->dilation_h;
    const int32_t last_column = layer->input_w - 1 - (layer->kernel_w - 1) * layer->dilation_w;
    int32_t row = -layer->pad_top;

    for (int32_t oy = 0; oy < layer->output_h; ++oy, row += layer->stride_h) {
        int32_t column = -layer->pad_left;
        for (int32_t ox = 0; ox < layer->output_w; ++ox, column += layer->stride_w, y += c * layer->depth_multiplier) {
            if (row < 0 || row > last_row || column < 0 || column > last_column) {
                border_pixel(layer, x, row, column, y, scratch);
            } else {
                const window from = {x + (row * layer->input_w + column) * c, layer->input_w * c * layer->dilation_h,
                                     c * layer->dilation_w};
                pixel(layer, from, y, 0, c);
            }
        }
    }
}
