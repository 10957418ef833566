/* SPDX-License-Identifier: MIT-0 */
/* Tiles whose windows are expanded in scratch once for all channels, for kernels of several tile sizes. */
#ifndef EK_CONV_2D_EXPANDED_DSP_H
#define EK_CONV_2D_EXPANDED_DSP_H

#include "ek_conv_2d_tiles_dsp.h"

typedef uint32_t *ek_expand_function_dsp(const int8_t *const *from, uint32_t *to, const ek_runs_dsp *runs);

/* The next `pixels` windows, up to 4, with `expand`. */
static inline void ek_expand_windows_dsp(const ek_conv_2d_dsp *layer, ek_windows_dsp *windows, uint32_t *expanded,
                                         int32_t pixels, ek_expand_function_dsp *expand)
{
    const int8_t *from[4];

    for (int32_t i = 0; i < pixels; ++i) {
        from[i] = ek_next_window_dsp(layer, windows);
    }
    for (int32_t outer = layer->outer_count;;) {
        expanded = expand(from, expanded, &layer->inner);
        if (--outer == 0) {
            return;
        }
        for (int32_t i = 0; i < pixels; ++i) {
            from[i] += layer->outer_step;
        }
    }
}

/* All channels of `tiles` times `pixels` pixels, with `product`, which is entered at `entry`. */
static inline void ek_conv_2d_expanded_dsp(const ek_conv_2d_dsp *layer, ek_windows_dsp *windows, int32_t tiles,
                                           int8_t *y, uint32_t *expanded, int32_t pixels,
                                           ek_expand_function_dsp *expand, ek_matmul_function_dsp *product,
                                           int32_t entry)
{
    ek_tile_dsp tile;

    tile.activations = expanded;
    tile.activations_end = expanded + pixels * layer->pairs;
    tile.entry = entry;
    tile.scale = layer->scale;
    for (; tiles > 0; --tiles, y += pixels * layer->y_step) {
        ek_expand_windows_dsp(layer, windows, expanded, pixels, expand);
        tile.y_stride = layer->y_step;
        ek_conv_2d_channels_dsp(layer, &tile, product, pixels, y);
    }
}

#endif
