/* SPDX-License-Identifier: MIT-0 */
/* Depthwise convolution, pixel by pixel. */
#include "ek_depthwise_conv_2d_dsp_s8.h"

#include "ek_clamp_dsp.h"
#include "ek_depthwise_pixel_dsp.h"
#include "ek_dsp.h"
#include "ek_math.h"

/* An input row to where its pixels are used: each channel as often as it has outputs. */
static void copy_row(const ek_depthwise_conv_2d_dsp *layer, const int8_t *from, int8_t *to)
{
    const int32_t bytes = layer->input_w * layer->input_c;

    if (layer->depth_multiplier == 1) {
        memcpy(to, from, (size_t)bytes);
        return;
    }
    for (int32_t i = 0; i < bytes; ++i) {
        for (int32_t m = 0; m < layer->depth_multiplier; ++m) {
            *to++ = from[i];
        }
    }
}

/* Copies the input rows of a band, from `row` on, with the zero point in the place of padding. */
static void copy_rows(const ek_depthwise_conv_2d_dsp *layer, const int8_t *x, int32_t row, int8_t *to)
{
    const int32_t input_row = layer->input_w * layer->input_c;

    memset(to, layer->input_zero_point, (size_t)(layer->copied_rows * layer->copied_row));
    for (int32_t i = 0; i < layer->copied_rows; ++i, ++row, to += layer->copied_row) {
        if (row >= 0 && row < layer->input_h) {
            copy_row(layer, x + row * input_row, to + layer->pad_left);
        }
    }
}

void ek_depthwise_conv_2d_dsp_s8(const ek_depthwise_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    const int32_t written = (layer->output_c + 3) & ~3; /* by one pixel, in words */
    int8_t *const copy = scratch + written;
    int8_t *const end = y + layer->output_h * layer->output_w * layer->output_c;
    const int8_t *from_row = x;
    ek_depthwise_places_dsp pixel;

    pixel.y = y;
    pixel.weights = layer->weights;
    pixel.weights_end = layer->weights + layer->words;
    pixel.taps = layer->places;
    pixel.taps_end = layer->places + layer->taps;
    pixel.entry = ek_pixel_entry(layer->taps);
    pixel.two_sided = layer->two_sided;
    for (int32_t oy = 0; oy < layer->output_h; ++oy, from_row += layer->row_step) {
        if (layer->copied_rows && oy % layer->band == 0) {
            copy_rows(layer, x, oy / layer->band * layer->band_step - layer->pad_top, copy);
            from_row = copy;
        }
        pixel.x = from_row;
        for (int32_t ox = 0; ox < layer->output_w; ++ox, pixel.x += layer->column_step, pixel.y += layer->output_c) {
            int8_t *const out = pixel.y;
            /* The last word of a pixel may reach into the next pixels, but not beyond the last. */
            const int over = (int32_t)(end - out) < written;
            if (over) {
                pixel.y = scratch;
            }
            ek_depthwise_at_places_dsp(&pixel);
            if (over) {
                memcpy(out, scratch, (size_t)layer->output_c);
                pixel.y = out;
            }
        }
    }
    ek_clamp_all(y, (int32_t)(end - y), layer->act_min, layer->act_max);
}
