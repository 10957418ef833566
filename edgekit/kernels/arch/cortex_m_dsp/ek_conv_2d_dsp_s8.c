/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution with windows of any length: they are expanded once for all channels. */
#include "ek_conv_2d_dsp_s8.h"

static void expand_4(const ek_conv_2d_dsp *layer, ek_windows_dsp *windows, uint32_t *expanded)
{
    const int8_t *from[4];

    for (int32_t i = 0; i < 4; ++i) {
        from[i] = ek_next_window_dsp(layer, windows);
    }
    for (int32_t outer = layer->outer_count;;) {
        expanded = ek_expand_4_dsp(from, expanded, &layer->inner);
        if (--outer == 0) {
            return;
        }
        for (int32_t i = 0; i < 4; ++i) {
            from[i] += layer->outer_step;
        }
    }
}

static void four_pixels(const ek_conv_2d_dsp *layer, ek_windows_dsp *windows, int32_t tiles, int8_t *y,
                        uint32_t *expanded)
{
    ek_tile_dsp tile;

    tile.activations = expanded;
    tile.activations_end = expanded + 4 * layer->pairs;
    tile.entry = ek_tile_entry(layer->pairs);
    tile.scale = layer->scale;
    for (; tiles > 0; --tiles, y += 4 * layer->y_step) {
        expand_4(layer, windows, expanded);
        tile.y_stride = layer->y_step;
        ek_conv_2d_channels_dsp(layer, &tile, ek_matmul_4x2_dsp, 4, y);
    }
}

void ek_conv_2d_dsp_s8(const ek_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    ek_conv_2d_tiles_dsp(layer, x, y, scratch, four_pixels);
}
