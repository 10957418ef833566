/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution, tile by tile of a row. */
#include "ek_conv_2d_columns_helium_s8.h"

#include "ek_columns_helium.h"
#include "ek_math.h"
#include "ek_products_helium.h"

/* `count` pixels of row `oy` from column `ox` on. */
static void one_tile(const ek_conv_2d_columns_helium *layer, ek_columns_helium *columns,
                     const ek_filters_helium *filters, const int8_t *x, int32_t oy, int32_t ox, int8_t *y,
                     int8_t *scratch)
{
    const int32_t count = ek_min(layer->tile, layer->output_w - ox);
    const int32_t first = ox * layer->stride_w - layer->pad_left;
    const int32_t before = first < 0 ? -first : 0;
    const int fresh = oy == 0 || layer->tile < layer->output_w;

    columns->columns = (count - 1) * layer->stride_w + layer->kernel_w;
    columns->pad_left = before;
    columns->inside = ek_min(columns->columns, layer->input_w - first) - before;
    ek_rows_to_columns_helium(columns, x + (first + before) * layer->input_c, oy * layer->stride_h - layer->pad_top,
                              fresh, scratch);
    ek_products_helium(filters, scratch, layer->stride_w * columns->rows * layer->input_c, count, y);
}

void ek_conv_2d_columns_helium_s8(const ek_conv_2d_columns_helium *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    const int32_t column = layer->kernel_h * layer->input_c;
    ek_columns_helium columns = {layer->input_h,
                                 layer->input_w * layer->input_c,
                                 layer->input_c,
                                 layer->kernel_h,
                                 layer->dilation_h,
                                 0,
                                 0,
                                 0,
                                 layer->input_zero_point,
                                 ek_spread_of_helium(layer->input_c, column)};
    const ek_filters_helium filters = {layer->kernel_w * column,
                                       layer->output_c,
                                       layer->output_c,
                                       layer->two_sided,
                                       layer->weights,
                                       {layer->output_zero_point, layer->act_min, layer->act_max}};

    for (int32_t oy = 0; oy < layer->output_h; ++oy, y += layer->output_w * layer->output_c) {
        for (int32_t ox = 0; ox < layer->output_w; ox += layer->tile) {
            one_tile(layer, &columns, &filters, x, oy, ox, y + ox * layer->output_c, scratch);
        }
    }
}
