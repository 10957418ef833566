/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution with long windows, 3 pixels at a time. */
#include "ek_conv_2d_long_dsp_s8.h"

#include "ek_conv_2d_expanded_dsp.h"
#include "ek_matmul_3x2_dsp.h"

static void three_pixels(const ek_conv_2d_dsp *layer, ek_windows_dsp *windows, int32_t tiles, int8_t *y,
                         uint32_t *expanded)
{
    ek_conv_2d_expanded_dsp(layer, windows, tiles, y, expanded, 3, ek_expand_3_dsp, ek_matmul_3x2_dsp,
                            ek_long_entry(layer->pairs));
}

void ek_conv_2d_long_dsp_s8(const ek_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    ek_conv_2d_tiles_dsp(layer, x, y, scratch, 3, three_pixels, ek_one_pixel_dsp(layer));
}
