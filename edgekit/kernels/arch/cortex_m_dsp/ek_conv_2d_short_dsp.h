/* SPDX-License-Identifier: MIT-0 */
/* Tiles of short windows, for kernels of several lengths. */
#ifndef EK_CONV_2D_SHORT_DSP_H
#define EK_CONV_2D_SHORT_DSP_H

#include "ek_conv_2d_tiles_dsp.h"
#include "ek_matmul_short_dsp.h"

/* All channels of `tiles` times 4 pixels, with `product`, whose windows have up to `most_words` words. */
static inline void ek_conv_2d_short_dsp(const ek_conv_2d_dsp *layer, ek_windows_dsp *windows, int32_t tiles, int8_t *y,
                                        int32_t most_words, void (*product)(const ek_short_tile_dsp *tile))
{
    const int32_t words = layer->pairs >> 1;
    ek_short_tile_dsp tile;

    tile.y_stride = layer->y_step;
    tile.weights = layer->weights;
    tile.weights_end = layer->weights + (layer->output_c >> 1) * (layer->pairs + 4);
    tile.entry = ek_short_entry(most_words, words);
    tile.rest = ek_short_rest(most_words, words);
    tile.scale = layer->scale;
    tile.runs = &layer->inner;
    for (; tiles > 0; --tiles, y += 4 * layer->y_step) {
        tile.from[0] = ek_next_window_dsp(layer, windows);
        tile.from[1] = ek_next_window_dsp(layer, windows);
        tile.from[2] = ek_next_window_dsp(layer, windows);
        tile.from[3] = ek_next_window_dsp(layer, windows);
        tile.y = y;
        product(&tile);
    }
}

#endif
