/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution in float, also of groups: the window of a pixel is read where it is, 4 channels at a time. */
#include "ek_conv_2d_f32.h"

#include "ek_float.h"
#include "ek_window.h"

/* The part of a window that lies inside the input: elements side by side, in x and among the weights of a channel. */
typedef struct {
    const float *x; /* its first element, of the group's first channel */
    int32_t first;  /* where its weights begin, in elements of a channel */
    int32_t rows;
    int32_t runs; /* in a row */
    int32_t run;  /* elements */
    int32_t x_row_stride;
    int32_t x_run_stride;
    int32_t w_row_stride;
} window;

/* sums[c] = channel c of a block of 4, `w` its weights. */
static void dot_4(const window *from, const float *w, float sums[4])
{
    const float *row = from->x;

    sums[0] = sums[1] = sums[2] = sums[3] = 0.0f;
    w += 4 * from->first;
    for (int32_t i = 0; i < from->rows; ++i, row += from->x_row_stride, w += 4 * from->w_row_stride) {
        for (int32_t j = 0; j < from->runs; ++j) {
            ek_dot_4_f32(row + j * from->x_run_stride, w + 4 * j * from->run, from->run, sums);
        }
    }
}

/* One channel, `w` its weights. */
static float dot_1(const window *from, const float *w)
{
    const float *row = from->x;
    float sum = 0.0f;

    w += from->first;
    for (int32_t i = 0; i < from->rows; ++i, row += from->x_row_stride, w += from->w_row_stride) {
        for (int32_t j = 0; j < from->runs; ++j) {
            sum = ek_dot_f32(row + j * from->x_run_stride, w + j * from->run, from->run, sum);
        }
    }
    return sum;
}

/* All channels of one group; returns where the next group's weights begin. */
static const float *one_group(const ek_conv_2d_layer_f32 *layer, const window *from, const float *w, const float *bias,
                              float *y)
{
    const int32_t k = layer->kernel_h * layer->kernel_w * layer->group_input_c;
    float sums[4];
    int32_t o = 0;

    for (; o + 4 <= layer->group_output_c; o += 4, w += 4 * k) {
        dot_4(from, w, sums);
        for (int32_t i = 0; i < 4; ++i) {
            y[o + i] = ek_clamp_f32(sums[i] + bias[o + i], layer->act_min, layer->act_max);
        }
    }
    for (; o < layer->group_output_c; ++o, w += k) {
        y[o] = ek_clamp_f32(dot_1(from, w) + bias[o], layer->act_min, layer->act_max);
    }
    return w;
}

/* The window whose top left corner is (row, column), for the first group. */
static window window_at(const ek_conv_2d_layer_f32 *layer, const float *x, int32_t row, int32_t column)
{
    const int32_t c = layer->group_input_c;
    const int32_t all_c = layer->groups * c;
    const ek_taps rows = ek_taps_inside(row, layer->kernel_h, layer->dilation_h, layer->input_h);
    const ek_taps columns = ek_taps_inside(column, layer->kernel_w, layer->dilation_w, layer->input_w);
    const int32_t top = row + rows.first * layer->dilation_h;
    const int32_t left = column + columns.first * layer->dilation_w;
    window from;

    from.x = x + (top * layer->input_w + left) * all_c;
    from.first = (rows.first * layer->kernel_w + columns.first) * c;
    from.rows = rows.end - rows.first;
    from.runs = columns.end - columns.first;
    from.run = c;
    from.x_row_stride = layer->dilation_h * layer->input_w * all_c;
    from.x_run_stride = layer->dilation_w * all_c;
    from.w_row_stride = layer->kernel_w * c;
    if (from.x_run_stride == c) {
        from.run = from.runs * c;
        from.runs = 1;
    }
    return from;
}

/* All channels of one pixel. */
static void pixel(const ek_conv_2d_layer_f32 *layer, window from, float *y)
{
    const float *w = layer->weights;

    for (int32_t group = 0; group < layer->groups; ++group) {
        const int32_t o = group * layer->group_output_c;
        w = one_group(layer, &from, w, layer->bias + o, y + o);
        from.x += layer->group_input_c;
    }
}

void ek_conv_2d_f32(const ek_conv_2d_layer_f32 *layer, const float *x, float *y)
{
    const int32_t channels = layer->groups * layer->group_output_c;

    for (int32_t oy = 0; oy < layer->output_h; ++oy) {
        const int32_t row = oy * layer->stride_h - layer->pad_top;
        for (int32_t ox = 0; ox < layer->output_w; ++ox, y += channels) {
            pixel(layer, window_at(layer, x, row, ox * layer->stride_w - layer->pad_left), y);
        }
    }
}
