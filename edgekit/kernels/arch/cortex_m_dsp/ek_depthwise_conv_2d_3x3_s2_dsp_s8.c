/* SPDX-License-Identifier: MIT-0 */
/* Depthwise 3x3, stride 2: 1x2 outputs of a channel at a time. */
#include "ek_depthwise_conv_2d_3x3_s2_dsp_s8.h"

#include "ek_clamp_dsp.h"
#include "ek_depthwise_3x3_dsp.h"
#include "ek_dsp.h"
#include "ek_math.h"

#define STEP_WORDS 8 /* of an expanded row: 4 channels, 2 pairs */

/* A block of output columns. */
typedef struct {
    const ek_depthwise_conv_2d_3x3_s2_dsp *layer;
    const int8_t *x; /* its leftmost input that is not padding, in row 0 */
    int8_t *y;
    int32_t width;
    ek_rows_dsp rows;
    int32_t row_words;
} block;

/* Rows `first` to `last` (behind) of those that start with input row `row`. */
static void expand(const block *of, int32_t row, int32_t c, uint32_t *rows, int32_t first, int32_t last)
{
    const ek_depthwise_conv_2d_3x3_s2_dsp *layer = of->layer;

    while (first < last) {
        const int32_t inside = ek_min(last, layer->input_h - row) - first;
        uint32_t *to = rows + first * of->row_words;
        if (row + first < 0 || inside <= 0) {
            ek_fill_8_words(to, ek_even_bytes(of->rows.padding), of->row_words, 0);
            ++first;
            continue;
        }
        ek_depthwise_expand_s2_dsp(of->x + (row + first) * layer->input_w * layer->channels + c, to, &of->rows, inside);
        first += inside;
    }
}

/* All rows of channels c to c + 3. */
static void four_channels(const block *of, int32_t c, uint32_t *rows)
{
    const ek_depthwise_conv_2d_3x3_s2_dsp *layer = of->layer;
    const int32_t row_step = layer->output_w * layer->output_c;
    const int32_t even = of->width & ~1;
    int8_t *y = of->y + c * layer->depth_multiplier;
    int32_t expanded = 0;
    ek_depthwise_tile_dsp tile;

    tile.column_step = layer->output_c;
    tile.row_bytes = of->row_words * (int32_t)sizeof *rows;
    tile.next_row = row_step - even * layer->output_c;
    tile.zero_point = 2 * layer->output_zero_point + 1;
    tile.columns_bytes = (even >> 1) * STEP_WORDS * (int32_t)sizeof *rows;
    tile.last_row_step = 2 * tile.row_bytes - tile.columns_bytes;
    tile.row_step = 0;
    for (int32_t first = 0; first < layer->output_h; first += layer->band, y += layer->band * row_step) {
        const int32_t count = ek_min(layer->band, layer->output_h - first);
        expand(of, 2 * first - layer->pad_top, c, rows, expanded, 2 * count + 1);
        tile.rows = ek_depthwise_rows_dsp(count, of->width & 1);
        tile.y = y;
        tile.parameters = layer->weights + EK_DEPTHWISE_WORDS * layer->depth_multiplier * c;
        ek_depthwise_four_channels_dsp(&tile, rows, layer->depth_multiplier, ek_depthwise_3x3_s2_dsp);
        /* The last row of this band is the first of the next. */
        if (first + layer->band < layer->output_h) {
            ek_copy_8_words(rows, rows + 2 * count * of->row_words, of->row_words);
        }
        expanded = 1;
    }
}

static block columns(const ek_depthwise_conv_2d_3x3_s2_dsp *layer, const int8_t *x, int8_t *y, int32_t first)
{
    const int32_t width = ek_min(layer->block_w, layer->output_w - first);
    const int32_t steps = (width >> 1) + 1;
    const int32_t at = 2 * first - layer->pad_left;
    const int32_t left = at < 0 ? 1 : 0;
    /* A step reads 4 pixels; the first with padding reads 3, and is not counted. */
    const int32_t pixels = layer->input_w - (at + left) - 3 * left;
    const int32_t full = ek_min(steps - left, pixels >> 2);
    const int32_t rest = full < steps - left ? pixels & 3 : 0;

    return (block){
        layer,
        x + (at + left) * layer->channels,
        y + first * layer->output_c,
        width,
        {layer->channels, full, left, rest, steps - left - full - (rest > 0 ? 1 : 0), 0, 0,
         (uint32_t)(layer->input_zero_point & 0xff) * 0x01010101u,
         (layer->input_w - 3 * left - 4 * full) * layer->channels},
        steps * STEP_WORDS,
    };
}

void ek_depthwise_conv_2d_3x3_s2_dsp_s8(const ek_depthwise_conv_2d_3x3_s2_dsp *layer, const int8_t *x, int8_t *y,
                                        int8_t *scratch)
{
    for (int32_t first = 0; first < layer->output_w; first += layer->block_w) {
        const block of = columns(layer, x, y, first);
        for (int32_t c = 0; c < layer->channels; c += 4) {
            /* The last four may take some channels once more. */
            four_channels(&of, ek_min(c, layer->channels - 4), (uint32_t *)(void *)scratch);
        }
    }
    ek_clamp_all(y, layer->output_h * layer->output_w * layer->output_c, layer->act_min, layer->act_max);
}
