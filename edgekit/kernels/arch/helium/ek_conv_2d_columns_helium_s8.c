/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution, row by row. */
#include "ek_conv_2d_columns_helium_s8.h"

#include "ek_columns_helium.h"
#include "ek_products_helium.h"

void ek_conv_2d_columns_helium_s8(const ek_conv_2d_columns_helium *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    const int32_t column = layer->kernel_h * layer->input_c;
    const ek_columns_helium columns = {layer->input_h,
                                       layer->input_w,
                                       layer->input_c,
                                       layer->kernel_h,
                                       layer->dilation_h,
                                       layer->columns,
                                       layer->pad_left,
                                       layer->input_zero_point,
                                       ek_spread_of_helium(layer->input_c, column)};
    const ek_filters_helium filters = {layer->depth,     layer->output_c, layer->output_c,
                                       layer->two_sided, layer->weights,
                                       {layer->output_zero_point, layer->act_min, layer->act_max}};

    for (int32_t oy = 0; oy < layer->output_h; ++oy, y += layer->output_w * layer->output_c) {
        ek_rows_to_columns_helium(&columns, x, oy * layer->stride_h - layer->pad_top, oy == 0, scratch);
        ek_products_helium(&filters, scratch, layer->stride_w * column, layer->output_w, y);
    }
}
