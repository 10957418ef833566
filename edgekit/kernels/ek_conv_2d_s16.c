/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution over int16: the window of a pixel is laid out as one run (im2col), group by group. */
#include "ek_conv_2d_s16.h"

#include "ek_wide.h"

/* Copies n values, or zeros where there is no source; returns the end. */
static int16_t *put(int16_t *to, const int16_t *from, int32_t n)
{
    for (int32_t i = 0; i < n; ++i) {
        to[i] = from ? from[i] : 0;
    }
    return to + n;
}

/* Copies one group's channels of the window whose top left corner is (row, column), which may lie in the padding. */
static void gather(const ek_conv_2d_layer_s16 *layer, const int16_t *x, int32_t row, int32_t column, int16_t *to)
{
    for (int32_t ky = 0; ky < layer->kernel_h; ++ky, row += layer->dilation_h) {
        int32_t in = column;
        for (int32_t kx = 0; kx < layer->kernel_w; ++kx, in += layer->dilation_w) {
            const int inside = row >= 0 && row < layer->input_h && in >= 0 && in < layer->input_w;
            const int16_t *from = inside ? x + (row * layer->input_w + in) * layer->input_c : (const int16_t *)0;
            to = put(to, from, layer->group_input_c);
        }
    }
}

/* The channels [o, o + group_output_c) of one pixel from the `k` values of its window. */
static void put_group(const ek_conv_2d_layer_s16 *layer, const int16_t *window, int32_t k, int32_t o, int16_t *y)
{
    const int32_t end = o + layer->group_output_c;
    const int8_t *w = layer->weights + o * k;

    for (; o < end; ++o, w += k) {
        const int64_t acc = ek_dot_s16(window, w, k) + layer->bias[o];
        const int32_t v = ek_rescale_wide(acc, layer->multiplier[o], layer->shift[o]);
        y[o] = (int16_t)ek_clamp(v, layer->act_min, layer->act_max);
    }
}

static void one_pixel(const ek_conv_2d_layer_s16 *layer, const int16_t *x, int32_t row, int32_t column, int16_t *y,
                      int16_t *scratch)
{
    const int32_t k = layer->kernel_h * layer->kernel_w * layer->group_input_c;

    for (int32_t group = 0; group < layer->groups; ++group) {
        const int16_t *window = scratch;
        if (layer->direct) {
            window = x + (row * layer->input_w + column) * layer->input_c;
        } else {
            gather(layer, x + group * layer->group_input_c, row, column, scratch);
        }
        put_group(layer, window, k, group * layer->group_output_c, y);
    }
}

void ek_conv_2d_s16(const ek_conv_2d_layer_s16 *layer, const int16_t *x, int16_t *y, void *scratch)
{
    int32_t row = -layer->pad_top;

    for (int32_t oy = 0; oy < layer->output_h; ++oy, row += layer->stride_h) {
        int32_t column = -layer->pad_left;
        for (int32_t ox = 0; ox < layer->output_w; ++ox, column += layer->stride_w) {
            one_pixel(layer, x, row, column, y, scratch);
            y += layer->groups * layer->group_output_c;
        }
    }
}
