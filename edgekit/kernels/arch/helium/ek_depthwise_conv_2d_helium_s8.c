/* SPDX-License-Identifier: MIT-0 */
/* Depthwise convolution, 16 channels at a time. */
#include "ek_depthwise_conv_2d_helium_s8.h"

#include "ek_depthwise_helium.h"
#include "ek_rows_helium.h"

#define BLOCK 16

/* Copies the input rows of a band, from `row` on, each input as often as it has outputs. */
static void copy_rows(const ek_depthwise_conv_2d_helium *layer, const int8_t *x, int32_t row, int8_t *to)
{
    const int32_t bytes = layer->input_w * layer->input_c;
    const ek_padded_rows_helium rows = {layer->input_h, bytes, layer->copied_row, layer->pad_left,
                                        layer->input_zero_point};

    if (layer->depth_multiplier == 1) {
        ek_copy_rows_helium(&rows, x, row, layer->copied_rows, to);
        return;
    }
    ek_fill_helium(to, layer->input_zero_point, layer->copied_rows * layer->copied_row);
    for (int32_t i = 0; i < layer->copied_rows; ++i, ++row, to += layer->copied_row) {
        if (row < 0 || row >= layer->input_h) {
            continue;
        }
        const int8_t *from = x + row * bytes;
        int8_t *next = to + layer->pad_left;
        for (const int8_t *end = from + bytes; from != end; ++from) {
            for (int32_t m = 0; m < layer->depth_multiplier; ++m) {
                *next++ = *from;
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

/* One pixel whose last block goes by way of a buffer. */
static void partial_pixel(const ek_depthwise_conv_2d_helium *layer, ek_depthwise_helium row)
{
    const int32_t whole = layer->output_c / BLOCK;
    const int32_t block_words = 4 * layer->taps + 16 + 20;
    int8_t *const y = row.y + whole * BLOCK;
    int8_t last[BLOCK];

    row.pixels = 1;
    row.blocks = whole;
    if (whole > 0) {
        compute(layer, &row);
    }
    row.blocks = 1;
    row.x += whole * BLOCK;
    row.weights += whole * block_words;
    row.y = last;
    compute(layer, &row);
    ek_copy_helium(y, last, layer->output_c % BLOCK);
}

/* One row of pixels. Their blocks may reach into the pixels behind them, which come later, but not behind `end`. */
static void one_row(const ek_depthwise_conv_2d_helium *layer, ek_depthwise_helium *row, const int8_t *end)
{
    const int32_t room = (int32_t)(end - row->y) - row->blocks * BLOCK;
    const int32_t whole = room < 0 ? 0 : room / layer->output_c + 1;

    row->pixels = whole < layer->output_w ? whole : layer->output_w;
    if (row->pixels > 0) {
        compute(layer, row);
        row->x += row->pixels * row->x_step;
        row->y += row->pixels * row->y_step;
    }
    for (int32_t left = layer->output_w - row->pixels; left > 0; --left) {
        partial_pixel(layer, *row);
        row->x += row->x_step;
        row->y += row->y_step;
    }
}

void ek_depthwise_conv_2d_helium_s8(const ek_depthwise_conv_2d_helium *layer, const int8_t *x, int8_t *y,
                                    int8_t *scratch)
{
    const int8_t *const end = y + layer->output_h * layer->output_w * layer->output_c;
    const int8_t *from_row = x;
    ek_depthwise_helium row;

    row.x_step = layer->column_step;
    row.y = y;
    row.y_step = layer->output_c;
    row.weights = layer->weights;
    row.blocks = (layer->output_c + BLOCK - 1) / BLOCK;
    row.pairs = layer->taps / 2;
    row.places = layer->places;
    row.output.zero_point = layer->output_zero_point;
    row.output.act_min = layer->act_min;
    row.output.act_max = layer->act_max;
    for (int32_t oy = 0; oy < layer->output_h; ++oy, from_row += layer->row_step) {
        if (layer->copied_rows && oy % layer->band == 0) {
            copy_rows(layer, x, oy / layer->band * layer->band_step - layer->pad_top, scratch);
            from_row = scratch;
        }
        row.x = from_row;
        one_row(layer, &row, end);
    }
}
