/* SPDX-License-Identifier: MIT-0 */
/* Depthwise convolution over a padded image, pixel by pixel, without a copy of it. */
#include "ek_depthwise_conv_2d_padded_dsp_s8.h"

#include "ek_clamp_dsp.h"
#include "ek_depthwise_pixel_dsp.h"
#include "ek_dsp.h"
#include <stddef.h>

#include "ek_depthwise_pixel_dsp.h"
#include "ek_dsp.h"

#define MOST_TAPS 25

/* Where the window whose top left corner is (row, column), which may lie outside, finds its inputs. */
static void find_taps(const ek_depthwise_conv_2d_padded_dsp *layer, const int8_t *x, const int8_t *padding, int32_t row,
                      int32_t column, const int8_t **to)
{
    const int32_t channels = layer->channels, input_w = layer->input_w, dilation_w = layer->dilation_w;
    const int32_t row_end = row + layer->kernel_h * layer->dilation_h, column_end = column + layer->kernel_w * dilation_w;

    for (; row < row_end; row += layer->dilation_h) {
        const int32_t inside = row >= 0 && row < layer->input_h ? input_w : 0;
        const int32_t first = row * input_w;
        for (int32_t at = column; at < column_end; at += dilation_w) {
            *to++ = at >= 0 && at < inside ? x + (first + at) * channels : padding;
        }
    }
}

void ek_depthwise_conv_2d_padded_dsp_s8(const ek_depthwise_conv_2d_padded_dsp *layer, const int8_t *x, int8_t *y,
                                        int8_t *scratch)
{
    const int32_t taps = layer->kernel_h * layer->kernel_w;
    const int32_t pixels = layer->output_h * layer->output_w;
    const int8_t *from[MOST_TAPS];
    ek_depthwise_pointers_dsp pixel;

    memset(scratch, layer->input_zero_point, (size_t)layer->channels);
    from[taps & ~1] = scratch; /* of an even number the last one more, with a weight of zero */
    pixel.none = NULL;
    pixel.y = y;
    pixel.weights = layer->weights;
    pixel.weights_end = layer->weights + layer->words;
    pixel.taps = from;
    pixel.taps_end = from + (taps | 1);
    pixel.entry = ek_pixel_entry(taps);
    pixel.two_sided = layer->two_sided;
    for (int32_t oy = 0, row = -layer->pad_top; oy < layer->output_h; ++oy, row += layer->stride_h) {
        for (int32_t ox = 0, column = -layer->pad_left; ox < layer->output_w; ++ox, column += layer->stride_w) {
            find_taps(layer, x, scratch, row, column, from);
            ek_depthwise_at_pointers_dsp(&pixel);
            pixel.y += layer->channels;
        }
    }
    ek_clamp_all(y, pixels * layer->channels, layer->act_min, layer->act_max);
}
