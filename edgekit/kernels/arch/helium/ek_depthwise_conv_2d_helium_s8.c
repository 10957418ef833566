/* SPDX-License-Identifier: MIT-0 */
/* Depthwise convolution, 16 outputs at a time. */
#include "ek_depthwise_conv_2d_helium_s8.h"

#include "ek_depthwise_helium.h"
#include "ek_math.h"
#include "ek_rows_helium.h"

#define BLOCK 16

/* Copies the input rows of a band, from `row` on. */
static void copy_rows(const ek_depthwise_conv_2d_helium *layer, const int8_t *x, int32_t row, int8_t *to)
{
    const ek_sources_helium sources = {layer->source_blocks, layer->source_step, layer->sources};

    ek_fill_helium(to, layer->input_zero_point, layer->copied_rows * layer->copied_row);
    for (int32_t i = 0; i < layer->copied_rows; ++i, ++row, to += layer->copied_row) {
        if (row < 0 || row >= layer->input_h) {
            continue;
        }
        const int8_t *const from = x + row * layer->input_row;
        const int32_t *part = layer->part;
        for (int32_t left = layer->parts; left > 0; --left, part += 3) {
            if (layer->source_blocks > 0) {
                ek_gather_helium(to + part[1], from + part[0], part[2], &sources);
            } else {
                ek_copy_helium(to + part[1], from + part[0], part[2]);
            }
        }
    }
}

static void compute(const ek_depthwise_conv_2d_helium *layer, const ek_depthwise_helium *row)
{
    if (layer->two_sided) {
        ek_depthwise_two_sided_helium(row);
    } else {
        ek_depthwise_floor_helium(row);
    }
}

/* The first `bytes` outputs of a unit; the last block goes by way of a buffer where it would end behind `end`. */
static void partial_unit(const ek_depthwise_conv_2d_helium *layer, ek_depthwise_helium row, int32_t bytes,
                         const int8_t *end)
{
    const int32_t block_words = 4 * layer->taps + 16 + 20;
    const int32_t past = (bytes + BLOCK - 1) / BLOCK * BLOCK > end - row.y;
    int8_t last[BLOCK];

    row.pixels = 1;
    row.blocks = past ? bytes / BLOCK : (bytes + BLOCK - 1) / BLOCK;
    if (row.blocks > 0) {
        compute(layer, &row);
    }
    if (past) {
        int8_t *const y = row.y + row.blocks * BLOCK;
        row.x += row.blocks * BLOCK;
        row.weights += row.blocks * block_words;
        row.blocks = 1;
        row.y = last;
        compute(layer, &row);
        ek_copy_helium(y, last, bytes % BLOCK);
    }
}

/* A row of `bytes` outputs. Blocks may reach into outputs that come later, but not behind `end`. */
static void one_row(const ek_depthwise_conv_2d_helium *layer, ek_depthwise_helium *row, int32_t bytes,
                    const int8_t *end)
{
    const int32_t units = bytes / layer->unit;
    const int32_t room = (int32_t)(end - row->y) - layer->blocks * BLOCK;
    int8_t *const next = row->y + bytes;

    row->pixels = units;
    if (room < (units - 1) * layer->unit) {
        row->pixels = room < 0 ? 0 : room / layer->unit + 1;
    }
    if (row->pixels > 0) {
        compute(layer, row);
        row->x += row->pixels * row->x_step;
        row->y += row->pixels * row->y_step;
    }
    for (; row->y < next; row->x += row->x_step, row->y += row->y_step) {
        partial_unit(layer, *row, ek_min((int32_t)(next - row->y), layer->unit), end);
    }
    row->y = next;
}

void ek_depthwise_conv_2d_helium_s8(const ek_depthwise_conv_2d_helium *layer, const int8_t *x, int8_t *y,
                                    int8_t *scratch)
{
    const int8_t *const end = y + layer->output_h * layer->output_row;
    /* Rows of one unit are computed as the units of one row, a band at a time. */
    const int32_t together = layer->output_row == layer->unit ? layer->band : 1;
    const int8_t *from_row = x;
    ek_depthwise_helium row;

    row.x_step = together > 1 ? layer->row_step : layer->unit_step;
    row.y = y;
    row.y_step = layer->unit;
    row.weights = layer->weights;
    row.blocks = layer->blocks;
    row.pairs = layer->taps / 2;
    row.places = layer->places;
    row.output.zero_point = layer->output_zero_point;
    row.output.act_min = layer->act_min;
    row.output.act_max = layer->act_max;
    for (int32_t oy = 0; oy < layer->output_h; oy += together, from_row += together * layer->row_step) {
        if (layer->copied_rows && oy % layer->band == 0) {
            copy_rows(layer, x, oy / layer->band * layer->band_step - layer->pad_top, scratch);
            from_row = scratch;
        }
        row.x = from_row;
        one_row(layer, &row, ek_min(together, layer->output_h - oy) * layer->output_row, end);
    }
}
