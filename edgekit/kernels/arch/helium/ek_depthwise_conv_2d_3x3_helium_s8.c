/* SPDX-License-Identifier: MIT-0 */
/* Depthwise 3x3 convolution, row by row: three input rows become a table of windows. */
#include "ek_depthwise_conv_2d_3x3_helium_s8.h"

#include "ek_depthwise_3x3_helium.h"
#include "ek_rows_helium.h"

static void compute(const ek_depthwise_conv_2d_3x3_helium *layer, const ek_depthwise_3x3_row_helium *row)
{
    if (layer->stride == 1) {
        if (layer->two_sided) {
            ek_depthwise_3x3_s1_two_sided_helium(row);
        } else {
            ek_depthwise_3x3_s1_floor_helium(row);
        }
    } else if (layer->two_sided) {
        ek_depthwise_3x3_s2_two_sided_helium(row);
    } else {
        ek_depthwise_3x3_s2_floor_helium(row);
    }
}

void ek_depthwise_conv_2d_3x3_helium_s8(const ek_depthwise_conv_2d_3x3_helium *layer, const int8_t *x, int8_t *y,
                                        int8_t *scratch)
{
    const int32_t c = layer->channels;
    ek_depthwise_3x3_row_helium row;

    /* One row of padding, and the columns of padding at the ends of the table. */
    ek_fill_helium(scratch, layer->input_zero_point, layer->padding_row + layer->table);
    row.table = scratch + layer->padding_row;
    row.inside = row.table + layer->pad_left * EK_COLUMN_BYTES_HELIUM;
    row.columns = layer->columns;
    row.channels = c;
    row.pixels = layer->output_w;
    row.weights = layer->weights;
    row.zero_point = layer->output_zero_point;
    for (int32_t oy = 0; oy < layer->output_h; ++oy, y += layer->output_w * c) {
        const int32_t first = oy * layer->stride - layer->pad_top;
        for (int32_t i = 0; i < 3; ++i) {
            const int inside = first + i >= 0 && first + i < layer->input_h;
            row.rows[i] = inside ? x + (first + i) * layer->input_w * c : scratch;
            row.steps[i] = inside ? c : 0;
        }
        row.y = y;
        compute(layer, &row);
    }
}
