/* SPDX-License-Identifier: MIT-0 */
/* Depthwise 3x3 convolution, tile by tile of a row: three input rows become a table of windows. */
#include "ek_depthwise_conv_2d_3x3_helium_s8.h"

#include "ek_depthwise_3x3_helium.h"
#include "ek_math.h"
#include "ek_rows_helium.h"

static ek_depthwise_3x3_function_helium *function_of(const ek_depthwise_conv_2d_3x3_helium *layer)
{
    if (layer->stride == 1) {
        return layer->two_sided ? ek_depthwise_3x3_s1_two_sided_helium : ek_depthwise_3x3_s1_floor_helium;
    }
    return layer->two_sided ? ek_depthwise_3x3_s2_two_sided_helium : ek_depthwise_3x3_s2_floor_helium;
}

/* `row` without its table: by way of tables of fewer columns. */
static void by_tiles(const ek_depthwise_conv_2d_3x3_helium *layer, const ek_depthwise_3x3_row_helium *row)
{
    ek_depthwise_3x3_function_helium *const compute = function_of(layer);
    ek_depthwise_3x3_row_helium part = *row;

    for (int32_t ox = 0; ox < layer->output_w; ox += layer->tile) {
        part.pixels = ek_min(layer->tile, layer->output_w - ox);
        const int32_t first = ox * layer->stride - layer->pad_left;
        const int32_t columns = (part.pixels - 1) * layer->stride + 3;
        const int32_t before = first < 0 ? -first : 0;
        const int32_t end = ek_min(columns, layer->input_w - first);
        for (int32_t i = 0; i < 3; ++i) {
            part.rows[i] = row->rows[i] + (first + before) * row->steps[i];
        }
        part.inside = row->table + before * EK_COLUMN_BYTES_HELIUM;
        part.columns = end - before;
        ek_fill_helium(row->table, layer->input_zero_point, before * EK_COLUMN_BYTES_HELIUM);
        ek_fill_helium(row->table + end * EK_COLUMN_BYTES_HELIUM, layer->input_zero_point,
                       (columns - end) * EK_COLUMN_BYTES_HELIUM);
        part.y = row->y + ox * layer->channels;
        compute(&part);
    }
}

/* Where the input rows of output row `oy` are. An output that lies over the input overwrites row `oy` and has overwritten
 * the one before: there both are copies. */
static void find_rows(const ek_depthwise_conv_2d_3x3_helium *layer, const int8_t *x, int32_t oy, int8_t *scratch,
                      ek_depthwise_3x3_row_helium *row)
{
    const int32_t row_bytes = layer->input_w * layer->channels;
    const int32_t first = oy * layer->stride - layer->pad_top;
    const int8_t *from = x + first * row_bytes;

    for (int32_t i = 0; i < 3; ++i, from += row_bytes) {
        const int inside = (uint32_t)(first + i) < (uint32_t)layer->input_h;
        row->rows[i] = inside ? from : scratch;
        row->steps[i] = inside ? layer->channels : 0;
    }
    if (layer->keeps_rows) {
        int8_t *const kept = scratch + layer->padding_row + layer->table;
        int8_t *const copy = kept + (oy & 1) * row_bytes;
        ek_copy_helium(copy, row->rows[1], row_bytes);
        row->rows[1] = copy;
        if (oy > 0) {
            row->rows[0] = kept + (~oy & 1) * row_bytes;
        }
    }
}

void ek_depthwise_conv_2d_3x3_helium_s8(const ek_depthwise_conv_2d_3x3_helium *layer, const int8_t *x, int8_t *y,
                                        int8_t *scratch)
{
    ek_depthwise_3x3_function_helium *const compute = function_of(layer);
    ek_depthwise_3x3_row_helium row;

    /* One row of padding, and the columns of padding at the ends of the table. */
    ek_fill_helium(scratch, layer->input_zero_point, layer->padding_row + layer->table);
    row.table = scratch + layer->padding_row;
    row.inside = row.table + layer->pad_left * EK_COLUMN_BYTES_HELIUM;
    row.columns = layer->columns;
    row.channels = layer->channels;
    row.pixels = layer->output_w;
    row.weights = layer->weights;
    row.zero_point = layer->output_zero_point;
    row.y = y;
    for (int32_t oy = 0; oy < layer->output_h; ++oy, row.y += layer->output_w * layer->channels) {
        find_rows(layer, x, oy, scratch, &row);
        if (layer->tile < layer->output_w) {
            by_tiles(layer, &row);
        } else {
            compute(&row);
        }
    }
}
