/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution in groups: the window of a pixel and group is laid out as one run of bytes and multiplied with 4
 * channels at a time. */
#include "ek_grouped_conv_2d_s8.h"

#include "ek_arch.h"
#include "ek_math.h"

/* Copies the channels of one group from the window whose top left corner is (row, column); `x` starts at the group. */
static void gather(const ek_grouped_conv_2d *layer, const int8_t *x, int32_t row, int32_t column, int8_t *to)
{
    const int32_t c = layer->group_input_c;

    for (int32_t ky = 0; ky < layer->kernel_h; ++ky, row += layer->dilation_h) {
        int32_t in = column;
        for (int32_t kx = 0; kx < layer->kernel_w; ++kx, in += layer->dilation_w, to += c) {
            if (row < 0 || row >= layer->input_h || in < 0 || in >= layer->input_w) {
                ek_fill_s8(to, layer->input_zero_point, c);
            } else {
                ek_copy_s8(to, x + (row * layer->input_w + in) * layer->input_c, c);
            }
        }
    }
}

/* Channels [o, o + count) of the output. */
EK_INLINE void put(const ek_grouped_conv_2d *layer, const int32_t *sums, int32_t o, int32_t count, int8_t *restrict y)
{
    const ek_output output = {layer->output_zero_point, layer->act_min, layer->act_max};

    for (int32_t i = 0; i < count; ++i, ++o) {
        y[i] = ek_output_s8(ek_add_wrapping(sums[i], layer->bias[o]), layer->multiplier[o], layer->shift[o], output);
    }
}

/* All channels of group `group` for one window; returns where the next group's weights begin. */
static const int8_t *one_group(const ek_grouped_conv_2d *layer, const int8_t *window, const int8_t *w, int32_t group,
                               int8_t *restrict y)
{
    const int32_t k = layer->kernel_h * layer->kernel_w * layer->group_input_c;
    const int32_t first = group * layer->group_output_c;
    int32_t sums[4];
    int32_t o = 0;

    for (; o + 4 <= layer->group_output_c; o += 4, w += 4 * k) {
        ek_dot_4x1_s8(window, w, k, sums);
        put(layer, sums, first + o, 4, y + o);
    }
    for (; o < layer->group_output_c; ++o, w += k) {
        sums[0] = ek_dot_s8(window, w, k);
        put(layer, sums, first + o, 1, y + o);
    }
    return w;
}

void ek_grouped_conv_2d_s8(const ek_grouped_conv_2d *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    int32_t row = -layer->pad_top;

    for (int32_t oy = 0; oy < layer->output_h; ++oy, row += layer->stride_h) {
        int32_t column = -layer->pad_left;
        for (int32_t ox = 0; ox < layer->output_w; ++ox, column += layer->stride_w) {
            const int8_t *w = layer->weights;
            for (int32_t group = 0; group < layer->groups; ++group, y += layer->group_output_c) {
                gather(layer, x + group * layer->group_input_c, row, column, scratch);
                w = one_group(layer, scratch, w, group, y);
            }
        }
    }
}
