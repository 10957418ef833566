/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution: the window of a pixel is laid out as one run of bytes (im2col), two pixels at a time, and multiplied
 * with 4 channels at a time. */
#include "ek_conv_2d_s8.h"

#include "ek_arch.h"
#include "ek_math.h"

/* Copies one row of a window, from column `column` of x_row on; columns outside are padding. */
static void gather_row(const ek_conv_2d *layer, const int8_t *x_row, int32_t column, int8_t *to)
{
    const int32_t c = layer->input_c;

    if (layer->dilation_w == 1 && column >= 0 && column + layer->kernel_w <= layer->input_w) {
        ek_copy_s8(to, x_row + column * c, layer->kernel_w * c);
        return;
    }
    for (int32_t kx = 0; kx < layer->kernel_w; ++kx, column += layer->dilation_w, to += c) {
        if (column < 0 || column >= layer->input_w) {
            ek_fill_s8(to, layer->input_zero_point, c);
        } else {
            ek_copy_s8(to, x_row + column * c, c);
        }
    }
}

/* Copies the window whose top left corner is (row, column), which may lie in the padding, to `to`. */
static void gather(const ek_conv_2d *layer, const int8_t *x, int32_t row, int32_t column, int8_t *to)
{
    const int32_t run = layer->kernel_w * layer->input_c;

    for (int32_t ky = 0; ky < layer->kernel_h; ++ky, row += layer->dilation_h, to += run) {
        if (row < 0 || row >= layer->input_h) {
            ek_fill_s8(to, layer->input_zero_point, run);
        } else {
            gather_row(layer, x + row * layer->input_w * layer->input_c, column, to);
        }
    }
}

/* The inputs of output pixel `pixel` as one run of bytes, in x itself where they are one, else in `buffer`. */
static const int8_t *window(const ek_conv_2d *layer, const int8_t *x, int32_t pixel, int8_t *buffer)
{
    const int32_t out_row = pixel / layer->output_w;
    const int32_t row = out_row * layer->stride_h - layer->pad_top;
    const int32_t column = (pixel - out_row * layer->output_w) * layer->stride_w - layer->pad_left;

    if (layer->direct) {
        return x + (row * layer->input_w + column) * layer->input_c;
    }
    gather(layer, x, row, column, buffer);
    return buffer;
}

/* Channels [o, o + count) of two pixels that lie side by side in y; sums[0 ...] and sums[4 ...] are theirs. */
EK_INLINE void put_two(const ek_conv_2d *layer, const int32_t *sums, int32_t o, int32_t count, int8_t *restrict y)
{
    const ek_output output = {layer->output_zero_point, layer->act_min, layer->act_max};
    const int32_t *bias = layer->bias + o;
    const int32_t *multiplier = layer->multiplier + o;
    const int8_t *shift = layer->shift + o;
    int8_t *restrict first = y + o;
    int8_t *restrict second = first + layer->output_c;

    for (int32_t i = 0; i < count; ++i) {
        first[i] = ek_output_s8(ek_add_wrapping(sums[i], bias[i]), multiplier[i], shift[i], output);
        second[i] = ek_output_s8(ek_add_wrapping(sums[4 + i], bias[i]), multiplier[i], shift[i], output);
    }
}

static void two_pixels(const ek_conv_2d *layer, const int8_t *x0, const int8_t *x1, int8_t *restrict y, int32_t k)
{
    const int8_t *w = layer->weights;
    int32_t sums[8];
    int32_t o = 0;

    for (; o + 4 <= layer->output_c; o += 4, w += 4 * k) {
        ek_dot_4x2_s8(x0, x1, w, k, sums);
        put_two(layer, sums, o, 4, y);
    }
    for (; o < layer->output_c; ++o, w += k) {
        sums[0] = ek_dot_s8(x0, w, k);
        sums[4] = ek_dot_s8(x1, w, k);
        put_two(layer, sums, o, 1, y);
    }
}

/* Channels [o, o + count) of one pixel. */
EK_INLINE void put_one(const ek_conv_2d *layer, const int32_t *sums, int32_t o, int32_t count, int8_t *restrict y)
{
    const ek_output output = {layer->output_zero_point, layer->act_min, layer->act_max};

    for (int32_t i = 0; i < count; ++i, ++o) {
        const int32_t acc = ek_add_wrapping(sums[i], layer->bias[o]);
        y[o] = ek_output_s8(acc, layer->multiplier[o], layer->shift[o], output);
    }
}

static void one_pixel(const ek_conv_2d *layer, const int8_t *x, int8_t *restrict y, int32_t k)
{
    const int8_t *w = layer->weights;
    int32_t sums[4];
    int32_t o = 0;

    for (; o + 4 <= layer->output_c; o += 4, w += 4 * k) {
        ek_dot_4x1_s8(x, w, k, sums);
        put_one(layer, sums, o, 4, y);
    }
    for (; o < layer->output_c; ++o, w += k) {
        sums[0] = ek_dot_s8(x, w, k);
        put_one(layer, sums, o, 1, y);
    }
}

void ek_conv_2d_s8(const ek_conv_2d *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    const int32_t pixels = layer->output_h * layer->output_w;
    const int32_t k = layer->kernel_h * layer->kernel_w * layer->input_c;
    int32_t pixel = 0;

    if (layer->tile_pixels == 2) {
        for (; pixel + 2 <= pixels; pixel += 2, y += 2 * layer->output_c) {
            const int8_t *x0 = window(layer, x, pixel, scratch);
            const int8_t *x1 = window(layer, x, pixel + 1, scratch + k);
            two_pixels(layer, x0, x1, y, k);
        }
    }
    for (; pixel < pixels; ++pixel, y += layer->output_c) {
        one_pixel(layer, window(layer, x, pixel, scratch), y, k);
    }
}
