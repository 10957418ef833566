/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution as matrix products, 2 pixels by 4 channels at a time. */
#include "ek_conv_2d_helium_s8.h"

#include "ek_products_helium.h"
#include "ek_rows_helium.h"

/* Pixels from `pixel` on, in row after row, by way of the slots. */
static void by_slots(const ek_conv_2d_helium *layer, const ek_filters_helium *filters, const int8_t *x, int32_t pixel,
                     int8_t *y, int8_t *scratch)
{
    const ek_windows_helium windows = {layer->column_step, layer->slot, layer->runs, layer->run, layer->places};
    const ek_padded_rows_helium rows = {layer->input_h, layer->input_row, layer->copied_row, layer->pad_left,
                                        layer->input_zero_point};
    int8_t *const copy = scratch + layer->slots * layer->slot;
    int32_t ox = pixel % layer->output_w;
    const int8_t *from_row = x + pixel / layer->output_w * layer->row_step;
    int32_t filled = 0;

    for (int32_t oy = pixel / layer->output_w; oy < layer->output_h; ++oy, from_row += layer->row_step) {
        if (layer->copied_rows && oy % layer->band == 0) {
            const int32_t first = oy / layer->band * layer->band_step - layer->pad_top;
            ek_copy_rows_helium(&rows, x, first, layer->copied_rows, copy);
            from_row = copy;
        }
        while (ox < layer->output_w) {
            const int32_t left = layer->output_w - ox;
            const int32_t now = left < layer->slots - filled ? left : layer->slots - filled;
            ek_lay_out_windows_helium(&windows, from_row + ox * layer->column_step, scratch + filled * layer->slot,
                                      now);
            ox += now;
            filled += now;
            if (filled == layer->slots) {
                ek_products_helium(filters, scratch, layer->slot, filled, y);
                y += filled * layer->output_c;
                filled = 0;
            }
        }
        ox = 0;
    }
    if (filled > 0) {
        ek_products_helium(filters, scratch, layer->slot, filled, y);
    }
}

void ek_conv_2d_helium_s8(const ek_conv_2d_helium *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    const int32_t pixels = layer->output_h * layer->output_w;
    const int32_t direct = layer->direct ? pixels - layer->laid_out : 0;
    const ek_filters_helium filters = {layer->depth,     layer->output_c, layer->output_c,
                                       layer->two_sided, layer->weights,
                                       {layer->output_zero_point, layer->act_min, layer->act_max}};

    if (direct > 0 && layer->row_step == layer->output_w * layer->column_step) {
        ek_products_helium(&filters, x, layer->column_step, direct, y);
    } else if (direct > 0) {
        for (int32_t oy = 0; oy < layer->output_h; ++oy) {
            ek_products_helium(&filters, x + oy * layer->row_step, layer->column_step, layer->output_w,
                               y + oy * layer->output_w * layer->output_c);
        }
    }
    if (direct < pixels) {
        by_slots(layer, &filters, x, direct, y + direct * layer->output_c, scratch);
    }
}
