/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution in tiles of 4 pixels: their windows are expanded once for all channels. */
#include "ek_conv_2d_dsp_s8.h"

#include "ek_dsp.h"
#include "ek_math.h"

typedef void matmul(const ek_tile_dsp *tile);

/* Walks over the windows of a band, pixel by pixel. */
typedef struct {
    const int8_t *at;
    int32_t left_in_row;
} cursor;

static inline const int8_t *next_window(const ek_conv_2d_dsp *layer, cursor *to)
{
    const int8_t *window = to->at;

    to->at += layer->column_step;
    if (--to->left_in_row == 0) {
        to->left_in_row = layer->output_w;
        to->at += layer->row_step - layer->output_w * layer->column_step;
    }
    return window;
}

/* Copies the input rows of a band, from `row` on, with the zero point in the place of padding. */
static void copy_rows(const ek_conv_2d_dsp *layer, const int8_t *x, int32_t row, int8_t *to)
{
    const int32_t behind = layer->pad_left + layer->input_row;

    for (int32_t i = 0; i < layer->copied_rows; ++i, ++row, to += layer->copied_row) {
        if (row < 0 || row >= layer->input_h) {
            memset(to, layer->input_zero_point, (size_t)layer->copied_row);
        } else {
            memset(to, layer->input_zero_point, (size_t)layer->pad_left);
            memcpy(to + layer->pad_left, x + row * layer->input_row, (size_t)layer->input_row);
            memset(to + behind, layer->input_zero_point, (size_t)(layer->copied_row - behind));
        }
    }
}

static void expand_4(const ek_conv_2d_dsp *layer, cursor *to, uint32_t *expanded)
{
    const int8_t *from[4];

    for (int32_t i = 0; i < 4; ++i) {
        from[i] = next_window(layer, to);
    }
    for (int32_t outer = layer->outer_count;;) {
        expanded = ek_expand_4_dsp(from, expanded, &layer->inner);
        if (--outer == 0) {
            return;
        }
        for (int32_t i = 0; i < 4; ++i) {
            from[i] += layer->outer_step;
        }
    }
}

static void expand_1(const ek_conv_2d_dsp *layer, cursor *to, uint32_t *expanded)
{
    const int8_t *window = next_window(layer, to);

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
static void one_channel(ek_tile_dsp *tile, matmul *product, int32_t pixels, int8_t *y)
{
    int8_t both[8];

    tile->y = both;
    tile->y_stride = 2;
    product(tile);
    for (int32_t i = 0; i < pixels; ++i) {
        y[i] = both[2 * i];
    }
}

/* All channels of the tile at y; an odd last channel together with its neighbour, once more. */
static void all_channels(const ek_conv_2d_dsp *layer, ek_tile_dsp *tile, matmul *product, int32_t pixels, int8_t *y)
{
    const int32_t pair_words = layer->pairs + (layer->two_sided ? 8 : 4);

    tile->weights = layer->weights;
    if (layer->output_c == 1) {
        tile->weights_end = layer->weights + pair_words;
        one_channel(tile, product, pixels, y);
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

static int8_t *band(const ek_conv_2d_dsp *layer, const int8_t *from, int32_t pixels, int8_t *y, uint32_t *expanded)
{
    matmul *four = layer->two_sided ? ek_matmul_4x2_two_sided_dsp : ek_matmul_4x2_floor_dsp;
    matmul *one = layer->two_sided ? ek_matmul_1x2_two_sided_dsp : ek_matmul_1x2_floor_dsp;
    cursor windows = {from, layer->output_w};
    ek_tile_dsp tile;

    tile.activations = expanded;
    tile.activations_end = expanded + 4 * layer->pairs;
    tile.y_stride = layer->output_c;
    tile.entry = ek_tile_entry(layer->pairs);
    tile.scale = layer->scale;
    for (; pixels >= 4; pixels -= 4, y += 4 * layer->output_c) {
        expand_4(layer, &windows, expanded);
        all_channels(layer, &tile, four, 4, y);
    }
    tile.activations_end = expanded + layer->pairs;
    for (; pixels > 0; --pixels, y += layer->output_c) {
        expand_1(layer, &windows, expanded);
        all_channels(layer, &tile, one, 1, y);
    }
    return y;
}

void ek_conv_2d_dsp_s8(const ek_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    uint32_t *expanded = (uint32_t *)(void *)scratch;
    int8_t *copy = scratch + 16 * layer->pairs;
    int8_t *out = y;

    for (int32_t row = 0; row < layer->output_h; row += layer->band) {
        const int32_t rows = ek_min(layer->band, layer->output_h - row);
        const int8_t *from = x;
        if (layer->copied_rows) {
            copy_rows(layer, x, row / layer->band * layer->band_step - layer->pad_top, copy);
            from = copy;
        }
        out = band(layer, from, rows * layer->output_w, out, expanded);
    }
    ek_clamp_all(y, layer->output_h * layer->output_w * layer->output_c, layer->act_min, layer->act_max);
}
