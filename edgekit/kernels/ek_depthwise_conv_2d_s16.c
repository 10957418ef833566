/* SPDX-License-Identifier: MIT-0 */
/* Depthwise 2-D convolution over int16: the sums of a pixel's channels grow tap by tap; padding is never read. */
#include "ek_depthwise_conv_2d_s16.h"

#include "ek_wide.h"

/* Adds one tap to the sums of all channels. */
static void add_tap(const int16_t *x, const int8_t *w, int32_t input_c, int32_t multiplier, int32_t *sums)
{
    if (multiplier == 1) {
        for (int32_t i = 0; i < input_c; ++i) {
            sums[i] += x[i] * w[i];
        }
        return;
    }
    for (int32_t i = 0; i < input_c; ++i) {
        for (int32_t m = 0; m < multiplier; ++m) {
            *sums++ += x[i] * *w++;
        }
    }
}

/* The sums of the pixel whose window begins at (row, column), which may lie in the padding. */
static void sum_window(const ek_depthwise_conv_2d_layer_s16 *layer, const int16_t *x, int32_t row, int32_t column,
                       int32_t outputs, int32_t *sums)
{
    const int32_t c = layer->input_c;
    const int8_t *w = layer->weights;

    for (int32_t o = 0; o < outputs; ++o) {
        sums[o] = 0;
    }
    for (int32_t ky = 0; ky < layer->kernel_h; ++ky, row += layer->dilation_h) {
        int32_t in = column;
        for (int32_t kx = 0; kx < layer->kernel_w; ++kx, in += layer->dilation_w, w += outputs) {
            if (row >= 0 && row < layer->input_h && in >= 0 && in < layer->input_w) {
                add_tap(x + (row * layer->input_w + in) * c, w, c, layer->depth_multiplier, sums);
            }
        }
    }
}

void ek_depthwise_conv_2d_s16(const ek_depthwise_conv_2d_layer_s16 *layer, const int16_t *x, int16_t *y, void *scratch)
{
    const int32_t outputs = layer->input_c * layer->depth_multiplier;
    int32_t *sums = scratch;
    int32_t row = -layer->pad_top;

    for (int32_t oy = 0; oy < layer->output_h; ++oy, row += layer->stride_h) {
        int32_t column = -layer->pad_left;
        for (int32_t ox = 0; ox < layer->output_w; ++ox, column += layer->stride_w, y += outputs) {
            sum_window(layer, x, row, column, outputs, sums);
            for (int32_t o = 0; o < outputs; ++o) {
                const int32_t v = ek_rescale_wide(sums[o] + layer->bias[o], layer->multiplier[o], layer->shift[o]);
                y[o] = (int16_t)ek_clamp(v, layer->act_min, layer->act_max);
            }
        }
    }
}
