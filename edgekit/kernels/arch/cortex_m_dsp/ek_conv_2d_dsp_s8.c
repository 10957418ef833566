/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution with windows of any length: they are expanded once for all channels. */
#include "ek_conv_2d_dsp_s8.h"

#include "ek_conv_2d_expanded_dsp.h"

static void four_pixels(const ek_conv_2d_dsp *layer, ek_windows_dsp *windows, int32_t tiles, int8_t *y,
                        uint32_t *expanded)
{
    ek_conv_2d_expanded_dsp(layer, windows, tiles, y, expanded, 4, ek_expand_4_dsp, ek_matmul_4x2_dsp,
                            ek_tile_entry(layer->pairs));
}

void ek_conv_2d_dsp_s8(const ek_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    ek_conv_2d_tiles_dsp(layer, x, y, scratch, 4, four_pixels, ek_one_pixel_dsp(layer));
}
