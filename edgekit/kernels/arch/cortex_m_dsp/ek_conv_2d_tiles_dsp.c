/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution in bands of rows and tiles of a few pixels; the last pixels of a band one by one. */
#include "ek_conv_2d_tiles_dsp.h"

#include "ek_arch.h"
#include "ek_clamp_dsp.h"
#include "ek_dsp.h"
#include "ek_math.h"

/* The C library takes several words at a time, but single bytes where they are not aligned. */
static void copy(int8_t *to, const int8_t *from, int32_t n)
{
    if ((((uintptr_t)to | (uintptr_t)from) & 3) == 0) {
        memcpy(to, from, (size_t)n);
    } else {
        ek_copy_s8(to, from, n);
    }
}

static int8_t *fill(int8_t *to, int32_t value, int32_t n)
{
    ek_fill_s8(to, value, n);
    return to + n;
}

void ek_copy_rows_dsp(const ek_copied_dsp *of, const int8_t *x, int32_t row, int8_t *to)
{
    for (int32_t i = 0; i < of->rows; ++i, ++row) {
        const int inside = row >= 0 && row < of->input_h;
        to = fill(to, of->zero_point, inside ? of->pad_left : of->row);
        if (inside) {
            copy(to, x + row * of->input_row, of->input_row);
            to = fill(to + of->input_row, of->zero_point, of->row - of->pad_left - of->input_row);
        }
    }
}

static void expand_1(const ek_conv_2d_dsp *layer, ek_windows_dsp *windows, uint32_t *expanded)
{
    const int8_t *window = ek_next_window_dsp(layer, windows);

    for (int32_t outer = 0; outer < layer->outer_count; ++outer, window += layer->outer_step) {
        const int8_t *from = window;
        for (int32_t run = 0; run < layer->inner.count; ++run, from += layer->inner.gap) {
            for (int32_t i = 0; i < layer->inner.words; ++i, from += 4) {
                const uint32_t word = ek_load_4(from);
                *expanded++ = ek_even_bytes(word);
                *expanded++ = ek_odd_bytes(word);
            }
        }
    }
}

/* The only channel of the tile at y: it comes as two, the second of which goes nowhere. */
static void one_channel(ek_tile_dsp *tile, ek_matmul_function_dsp *product, int32_t pixels, int8_t *y, int32_t y_step)
{
    int8_t both[8];

    tile->y = both;
    tile->y_stride = 2;
    product(tile);
    for (int32_t i = 0; i < pixels; ++i) {
        y[i * y_step] = both[2 * i];
    }
}

void ek_conv_2d_channels_dsp(const ek_conv_2d_dsp *layer, ek_tile_dsp *tile, ek_matmul_function_dsp *product,
                             int32_t pixels, int8_t *y)
{
    const int32_t pair_words = layer->pairs + (layer->two_sided ? 8 : 4);

    tile->weights = layer->weights;
    if (layer->output_c == 1) {
        tile->weights_end = layer->weights + pair_words;
        one_channel(tile, product, pixels, y, layer->y_step);
        return;
    }
    tile->y = y;
    tile->weights_end = layer->weights + (layer->output_c >> 1) * pair_words;
    product(tile);
    if (layer->output_c & 1) {
        tile->y = y + layer->output_c - 2;
        tile->weights = tile->weights_end;
        tile->weights_end += pair_words;
        product(tile);
    }
}

static void single_pixels(const ek_conv_2d_dsp *layer, ek_windows_dsp *windows, int32_t pixels, int8_t *y,
                          uint32_t *expanded, ek_matmul_function_dsp *one)
{
    ek_tile_dsp tile;

    tile.activations = expanded;
    tile.activations_end = expanded + layer->pairs;
    tile.scale = layer->scale;
    for (; pixels > 0; --pixels, y += layer->y_step) {
        expand_1(layer, windows, expanded);
        ek_conv_2d_channels_dsp(layer, &tile, one, 1, y);
    }
}

void ek_conv_2d_tiles_dsp(const ek_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch,
                          int32_t tile_pixels, ek_conv_2d_tiles_function_dsp *whole_tiles,
                          ek_matmul_function_dsp *one)
{
    uint32_t *expanded = (uint32_t *)(void *)scratch;
    const ek_copied_dsp copied = {layer->input_h,    layer->input_row, layer->copied_rows,
                                  layer->copied_row, layer->pad_left,  layer->input_zero_point};
    int8_t *copy = scratch + 4 * tile_pixels * layer->pairs;
    int8_t *out = y;
    int32_t first_row = -layer->pad_top;

    for (int32_t row = 0; row < layer->output_h; row += layer->band, first_row += layer->band_step) {
        const int32_t pixels = ek_min(layer->band, layer->output_h - row) * layer->output_w;
        ek_windows_dsp windows = {x, layer->output_w};
        if (layer->copied_rows) {
            ek_copy_rows_dsp(&copied, x, first_row, copy);
            windows.at = copy;
        }
        const int32_t tiles = pixels / tile_pixels;
        const int32_t rest = pixels - tiles * tile_pixels;
        whole_tiles(layer, &windows, tiles, out, expanded);
        out += (pixels - rest) * layer->y_step;
        single_pixels(layer, &windows, rest, out, expanded, one);
        out += rest * layer->y_step;
    }
    ek_clamp_all(y, (int32_t)(out - y), layer->act_min, layer->act_max);
}
