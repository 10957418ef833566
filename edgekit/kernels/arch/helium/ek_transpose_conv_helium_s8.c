/* SPDX-License-Identifier: MIT-0 */
/* Transposed 2-D convolution: phase by phase, and in each row by row. */
#include "ek_transpose_conv_helium_s8.h"

#include "ek_columns_helium.h"
#include "ek_products_helium.h"

/* The output rows py, py + stride_h and so on; returns the end of their weights. */
static const uint32_t *phase_rows(const ek_transpose_conv_helium *layer, int32_t py, const uint32_t *weights,
                                  const int8_t *x, int8_t *y, int8_t *scratch)
{
    const int32_t *const phases = layer->phases + 3 * layer->stride_w * py;
    const int32_t column = phases[0] * layer->input_c;
    const ek_columns_helium columns = {layer->input_h,
                                       layer->input_w * layer->input_c,
                                       layer->input_c,
                                       phases[0],
                                       1,
                                       layer->columns,
                                       layer->pad_left,
                                       layer->input_w,
                                       layer->input_zero_point,
                                       ek_spread_of_helium(layer->input_c, column)};
    ek_filters_helium filters = {0,
                                 layer->output_c,
                                 layer->stride_w * layer->output_c,
                                 layer->two_sided,
                                 weights,
                                 {layer->output_zero_point, layer->act_min, layer->act_max}};

    for (int32_t oy = py; oy < layer->output_h; oy += layer->stride_h) {
        const int32_t first = (oy + layer->pad_top) / layer->stride_h - phases[0] + 1;
        const int32_t *phase = phases;
        ek_rows_to_columns_helium(&columns, x, first, oy == py, scratch);
        filters.weights = weights;
        for (int32_t px = 0; px < layer->stride_w && px < layer->output_w; ++px, phase += 3) {
            const int32_t count = (layer->output_w - px - 1) / layer->stride_w + 1;
            filters.depth = phase[1] * column;
            ek_products_helium(&filters, scratch + phase[2] * column, column, count,
                               y + (oy * layer->output_w + px) * layer->output_c);
            filters.weights += ek_filter_words_helium(filters.depth, layer->output_c);
        }
    }
    for (int32_t px = 0; px < layer->stride_w; ++px) {
        weights += ek_filter_words_helium(phases[3 * px + 1] * column, layer->output_c);
    }
    return weights;
}

void ek_transpose_conv_helium_s8(const ek_transpose_conv_helium *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    const uint32_t *weights = layer->weights;

    for (int32_t py = 0; py < layer->stride_h; ++py) {
        weights = phase_rows(layer, py, weights, x, y, scratch);
    }
}
