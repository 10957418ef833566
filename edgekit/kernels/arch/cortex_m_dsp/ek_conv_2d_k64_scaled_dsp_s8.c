/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution with windows of up to 64 inputs, whose sums are scaled. */
#include "ek_conv_2d_k64_scaled_dsp_s8.h"

#include "ek_conv_2d_short_dsp.h"

static void four_pixels(const ek_conv_2d_dsp *layer, ek_windows_dsp *windows, int32_t tiles, int8_t *y,
                        uint32_t *expanded)
{
    (void)expanded;
    ek_conv_2d_short_dsp(layer, windows, tiles, y, 16, ek_matmul_4x2_k64_scaled_dsp);
}

void ek_conv_2d_k64_scaled_dsp_s8(const ek_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    ek_conv_2d_tiles_dsp(layer, x, y, scratch, 4, four_pixels, ek_matmul_1x2_floor_dsp);
}
