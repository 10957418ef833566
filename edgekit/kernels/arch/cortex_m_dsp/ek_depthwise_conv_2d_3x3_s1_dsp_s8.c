/* SPDX-License-Identifier: MIT-0 */
/* Depthwise 3x3, stride 1: 2x2 outputs of a channel at a time. */
#include "ek_depthwise_conv_2d_3x3_s1_dsp_s8.h"

#include "ek_clamp_dsp.h"
#include "ek_depthwise_3x3_dsp.h"
#include "ek_dsp.h"
#include "ek_math.h"

#define STEP_WORDS 16 /* of a slot: two rows, 4 channels, 2 pairs */

/* A block of output columns. */
typedef struct {
    const ek_depthwise_conv_2d_3x3_s1_dsp *layer;
    const int8_t *x; /* its leftmost input that is not padding, in row 0 */
    int8_t *y;
    int32_t width;
    ek_rows_dsp rows;
    int32_t slot_words;
    int32_t next_slot; /* words to the slot after another */
    int32_t padded;    /* 1: rows of padding stand where they belong, from the four channels before */
} block;

/* Where row `i` of those expanded stands. */
static uint32_t *place(const block *of, uint32_t *slots, int32_t i)
{
    return slots + (i >> 1) * of->next_slot + (i & 1) * (STEP_WORDS / 2);
}

static void expand_padding(const block *of, uint32_t *to)
{
    ek_fill_8_words(to, ek_even_bytes(of->rows.padding), of->slot_words, STEP_WORDS / 2);
}

/* Rows `first` to `last` (behind) of slots that start with input row `row`. */
static void expand(block *of, int32_t row, int32_t c, uint32_t *slots, int32_t first, int32_t last)
{
    const ek_depthwise_conv_2d_3x3_s1_dsp *layer = of->layer;
    const int32_t slot_bytes = of->slot_words * (int32_t)sizeof *slots;
    const int32_t half = STEP_WORDS / 2 * (int32_t)sizeof *slots;

    while (first < last) {
        const int32_t inside = ek_min(last, layer->input_h - row) - first;
        uint32_t *to = place(of, slots, first);
        if (row + first < 0 || inside <= 0) {
            if (!of->padded) {
                expand_padding(of, to);
            }
            ++first;
            continue;
        }
        of->rows.gap = first & 1 ? -half : half - slot_bytes;
        of->rows.next_gap = first & 1 ? half - slot_bytes : -half;
        ek_depthwise_expand_s1_dsp(of->x + (row + first) * layer->input_w * layer->channels + c, to, &of->rows, inside);
        first += inside;
    }
}

/* All rows of channels c to c + 3. */
static void four_channels(block *of, int32_t c, uint32_t *slots)
{
    const ek_depthwise_conv_2d_3x3_s1_dsp *layer = of->layer;
    const int32_t pairs = (layer->output_h + 1) >> 1;
    const int32_t row_step = layer->output_w * layer->output_c;
    int8_t *y = of->y + c * layer->depth_multiplier;
    int32_t expanded = 0;
    ek_depthwise_tile_dsp tile;

    of->next_slot = of->slot_words;
    tile.column_step = layer->output_c;
    tile.next_row = 2 * row_step - (of->width & ~1) * layer->output_c;
    tile.zero_point = 2 * layer->output_zero_point + 1;
    tile.columns_bytes = (of->width >> 1) * STEP_WORDS * (int32_t)sizeof *slots;
    for (int32_t pair = 0; pair < pairs; pair += layer->band, y += 2 * layer->band * row_step) {
        const int32_t count = ek_min(layer->band, pairs - pair);
        expand(of, 2 * pair - layer->pad_top, c, slots, expanded, 2 * count + 2);
        tile.row_bytes = of->next_slot * (int32_t)sizeof *slots;
        tile.rows = ek_depthwise_rows_dsp(count, of->width & 1);
        tile.last_row_step = 2 * (pair + count) > layer->output_h ? 0 : row_step;
        tile.row_step = count == 1 ? tile.last_row_step : row_step;
        tile.y = y;
        tile.parameters = layer->weights + EK_DEPTHWISE_WORDS * layer->depth_multiplier * c;
        ek_depthwise_four_channels_dsp(&tile, slots, layer->depth_multiplier, ek_depthwise_3x3_s1_dsp);
        /* The last slot of this band is the first of the next. */
        if (layer->band == 1) {
            slots += of->next_slot;
            of->next_slot = -of->next_slot;
        } else if (pair + layer->band < pairs) {
            ek_copy_8_words(slots, slots + count * of->slot_words, of->slot_words);
        }
        expanded = 2;
    }
    of->padded = layer->band >= pairs;
}

static block columns(const ek_depthwise_conv_2d_3x3_s1_dsp *layer, const int8_t *x, int8_t *y, int32_t first)
{
    const int32_t width = ek_min(layer->block_w, layer->output_w - first);
    const int32_t steps = (width + 1) >> 1;
    const int32_t at = first - layer->pad_left;
    const int32_t left = at < 0 ? 1 : 0;
    /* Two pixels are read before the first step. */
    const int32_t pixels = layer->input_w - (at + left) - (2 - left);
    const int32_t full = ek_min(steps, pixels >> 1);
    const int32_t rest = full < steps ? pixels & 1 : 0;

    return (block){
        layer,
        x + (at + left) * layer->channels,
        y + first * layer->output_c,
        width,
        {layer->channels, full, left, rest, steps - full - rest, 0, 0,
         (uint32_t)(layer->input_zero_point & 0xff) * 0x01010101u,
         (layer->input_w - (1 - left) - 2 * full) * layer->channels},
        steps * STEP_WORDS,
        steps * STEP_WORDS,
        0,
    };
}

void ek_depthwise_conv_2d_3x3_s1_dsp_s8(const ek_depthwise_conv_2d_3x3_s1_dsp *layer, const int8_t *x, int8_t *y,
                                        int8_t *scratch)
{
    for (int32_t first = 0; first < layer->output_w; first += layer->block_w) {
        block of = columns(layer, x, y, first);
        for (int32_t c = 0; c < layer->channels; c += 4) {
            /* The last four may take some channels once more. */
            four_channels(&of, ek_min(c, layer->channels - 4), (uint32_t *)(void *)scratch);
        }
    }
    ek_clamp_all(y, layer->output_h * layer->output_w * layer->output_c, layer->act_min, layer->act_max);
}
