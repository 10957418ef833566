/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution as matrix products, 2 pixels by 4 channels at a time. */
#include "ek_conv_2d_helium_s8.h"

#include "ek_matmul_helium.h"
#include "ek_rows_helium.h"

/* Pixels whose last channels are computed together where they are no whole group. */
#define PARTIAL_PIXELS 16

static void product(const ek_conv_2d_helium *layer, const ek_pixels_helium *pixels)
{
    if (layer->two_sided) {
        ek_matmul_2x4_two_sided_helium(pixels);
    } else {
        ek_matmul_2x4_floor_helium(pixels);
    }
}

/* The last output_c % 4 channels, by way of words of their own: a group always writes 4 bytes. */
static void last_channels(const ek_conv_2d_helium *layer, ek_pixels_helium *pixels, int32_t count, int8_t *y)
{
    const int32_t channels = layer->output_c & 3;
    int8_t words[4 * PARTIAL_PIXELS];

    pixels->y = words;
    pixels->y_step = 4;
    for (; count > 0; count -= PARTIAL_PIXELS) {
        pixels->pixels = count < PARTIAL_PIXELS ? count : PARTIAL_PIXELS;
        product(layer, pixels);
        for (int32_t i = 0; i < pixels->pixels; ++i, y += layer->output_c) {
            for (int32_t channel = 0; channel < channels; ++channel) {
                y[channel] = words[4 * i + channel];
            }
        }
        pixels->x += PARTIAL_PIXELS * pixels->x_step;
    }
}

/* All channels of `count` pixels, whose windows are x_step bytes apart. */
static void multiply(const ek_conv_2d_helium *layer, const int8_t *x, int32_t x_step, int32_t count, int8_t *y)
{
    const int32_t chunks = (layer->depth + EK_CHUNK_HELIUM - 1) / EK_CHUNK_HELIUM;
    const int32_t group_words = 16 * chunks + 9;
    const int32_t groups = layer->output_c >> 2;
    ek_pixels_helium pixels;

    pixels.x = x;
    pixels.x_step = x_step;
    pixels.y = y;
    pixels.y_step = layer->output_c;
    pixels.weights = layer->weights;
    pixels.weights_end = layer->weights + groups * group_words;
    pixels.pixels = count;
    pixels.skip = layer->depth - EK_CHUNK_HELIUM * (chunks - 1);
    pixels.depth = layer->depth;
    pixels.chunks = chunks;
    pixels.output.zero_point = layer->output_zero_point;
    pixels.output.act_min = layer->act_min;
    pixels.output.act_max = layer->act_max;
    if (groups > 0) {
        product(layer, &pixels);
    }
    if (layer->output_c & 3) {
        pixels.weights = pixels.weights_end;
        pixels.weights_end += group_words;
        last_channels(layer, &pixels, count, y + 4 * groups);
    }
}

/* Pixels from `pixel` on, in row after row, by way of the slots. */
static void by_slots(const ek_conv_2d_helium *layer, const int8_t *x, int32_t pixel, int8_t *y, int8_t *scratch)
{
    const ek_windows_helium windows = {layer->column_step, layer->slot, layer->runs, layer->run, layer->places};
    const ek_padded_rows_helium rows = {layer->input_h, layer->input_row, layer->copied_row, layer->pad_left,
                                        layer->input_zero_point};
    int8_t *const copy = scratch + layer->slots * layer->slot;
    int32_t ox = pixel % layer->output_w;
    const int8_t *from_row = x + pixel / layer->output_w * layer->row_step;
    int32_t filled = 0;

    for (int32_t oy = pixel / layer->output_w; oy < layer->output_h; ++oy, from_row += layer->row_step) {
        if (layer->copied_rows && oy % layer->band == 0) {
            const int32_t first = oy / layer->band * layer->band_step - layer->pad_top;
            ek_copy_rows_helium(&rows, x, first, layer->copied_rows, copy);
            from_row = copy;
        }
        while (ox < layer->output_w) {
            const int32_t left = layer->output_w - ox;
            const int32_t now = left < layer->slots - filled ? left : layer->slots - filled;
            ek_lay_out_windows_helium(&windows, from_row + ox * layer->column_step, scratch + filled * layer->slot,
                                      now);
            ox += now;
            filled += now;
            if (filled == layer->slots) {
                multiply(layer, scratch, layer->slot, filled, y);
                y += filled * layer->output_c;
                filled = 0;
            }
        }
        ox = 0;
    }
    if (filled > 0) {
        multiply(layer, scratch, layer->slot, filled, y);
    }
}

void ek_conv_2d_helium_s8(const ek_conv_2d_helium *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    const int32_t pixels = layer->output_h * layer->output_w;
    const int32_t direct = layer->direct ? pixels - layer->laid_out : 0;

    if (direct > 0 && layer->row_step == layer->output_w * layer->column_step) {
        multiply(layer, x, layer->column_step, direct, y);
    } else if (direct > 0) {
        for (int32_t oy = 0; oy < layer->output_h; ++oy) {
            multiply(layer, x + oy * layer->row_step, layer->column_step, layer->output_w,
                     y + oy * layer->output_w * layer->output_c);
        }
    }
    if (direct < pixels) {
        by_slots(layer, x, direct, y + direct * layer->output_c, scratch);
    }
}
