/* SPDX-License-Identifier: MIT-0 */
/* Depthwise 2-D convolution in float, pixel by pixel. */
#include "ek_depthwise_conv_2d_f32.h"

#include "ek_float.h"
#include "ek_window.h"

/* The part of a window that lies inside the input, and its weights: strides in elements. */
typedef struct {
    const float *x;
    const float *w;
    int32_t rows;
    int32_t columns;
    int32_t x_row_stride;
    int32_t x_column_stride;
    int32_t w_row_stride;
    int32_t w_column_stride;
} window;

/* Output channel o, which reads input channel i. */
static float dot_1(const window *from, int32_t i, int32_t o)
{
    const float *x_row = from->x + i;
    const float *w_row = from->w + o;
    float sum = 0.0f;

    for (int32_t ky = 0; ky < from->rows; ++ky, x_row += from->x_row_stride, w_row += from->w_row_stride) {
        const float *x = x_row;
        const float *w = w_row;
        for (int32_t kx = 0; kx < from->columns; ++kx, x += from->x_column_stride, w += from->w_column_stride) {
            sum += *x * *w;
        }
    }
    return sum;
}

/* Output channels [o, o + 4), each of which reads the input channel of its number. */
static void dot_4(const window *from, int32_t o, float sums[4])
{
    const float *x_row = from->x + o;
    const float *w_row = from->w + o;
    float s0 = 0.0f, s1 = 0.0f, s2 = 0.0f, s3 = 0.0f;

    for (int32_t ky = 0; ky < from->rows; ++ky, x_row += from->x_row_stride, w_row += from->w_row_stride) {
        const float *x = x_row;
        const float *w = w_row;
        for (int32_t kx = 0; kx < from->columns; ++kx, x += from->x_column_stride, w += from->w_column_stride) {
            s0 += x[0] * w[0];
            s1 += x[1] * w[1];
            s2 += x[2] * w[2];
            s3 += x[3] * w[3];
        }
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

/* All channels of one pixel. */
static void channels(const ek_depthwise_conv_2d_layer_f32 *layer, const window *from, float *y)
{
    const float *bias = layer->bias;
    int32_t i = 0;
    int32_t o = 0;

    if (layer->depth_multiplier == 1) {
        for (; o + 4 <= layer->input_c; o += 4) {
            float sums[4];
            dot_4(from, o, sums);
            for (int32_t n = 0; n < 4; ++n) {
                y[o + n] = ek_clamp_f32(sums[n] + bias[o + n], layer->act_min, layer->act_max);
            }
        }
        i = o;
    }
    for (; i < layer->input_c; ++i) {
        for (int32_t m = 0; m < layer->depth_multiplier; ++m, ++o) {
            y[o] = ek_clamp_f32(dot_1(from, i, o) + bias[o], layer->act_min, layer->act_max);
        }
    }
}

/* The window whose top left corner is (row, column). */
static window window_at(const ek_depthwise_conv_2d_layer_f32 *layer, const float *x, int32_t row, int32_t column)
{
    const int32_t c = layer->input_c;
    const ek_taps rows = ek_taps_inside(row, layer->kernel_h, layer->dilation_h, layer->input_h);
    const ek_taps columns = ek_taps_inside(column, layer->kernel_w, layer->dilation_w, layer->input_w);
    const int32_t top = row + rows.first * layer->dilation_h;
    const int32_t left = column + columns.first * layer->dilation_w;
    window from;

    from.rows = rows.end - rows.first;
    from.columns = columns.end - columns.first;
    from.x_row_stride = layer->dilation_h * layer->input_w * c;
    from.x_column_stride = layer->dilation_w * c;
    from.w_column_stride = c * layer->depth_multiplier;
    from.w_row_stride = layer->kernel_w * from.w_column_stride;
    from.x = x + (top * layer->input_w + left) * c;
    from.w = layer->weights + rows.first * from.w_row_stride + columns.first * from.w_column_stride;
    return from;
}

void ek_depthwise_conv_2d_f32(const ek_depthwise_conv_2d_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t oy = 0; oy < layer->output_h; ++oy) {
        const int32_t row = oy * layer->stride_h - layer->pad_top;
        for (int32_t ox = 0; ox < layer->output_w; ++ox, y += layer->input_c * layer->depth_multiplier) {
            const window from = window_at(layer, x, row, ox * layer->stride_w - layer->pad_left);
            channels(layer, &from, y);
        }
    }
}
