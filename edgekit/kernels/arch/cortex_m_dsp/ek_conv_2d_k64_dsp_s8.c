/* SPDX-License-Identifier: MIT-0 */
/* 2-D convolution with windows of up to 64 inputs. */
#include "ek_conv_2d_k64_dsp_s8.h"

#include "ek_matmul_short_dsp.h"

#define MOST_WORDS 16

static void four_pixels(const ek_conv_2d_dsp *layer, ek_windows_dsp *windows, int32_t tiles, int8_t *y,
                        uint32_t *expanded)
{
    const int32_t words = layer->pairs >> 1;
    ek_short_tile_dsp tile;

    (void)expanded;
    tile.y_stride = layer->output_c;
    tile.weights = layer->weights;
    tile.weights_end = layer->weights + (layer->output_c >> 1) * (layer->pairs + 4);
    tile.entry = ek_short_entry(MOST_WORDS, words);
    tile.rest = ek_short_rest(MOST_WORDS, words);
    tile.scale = layer->scale;
    tile.runs = &layer->inner;
    for (; tiles > 0; --tiles, y += 4 * layer->output_c) {
        tile.from[0] = ek_next_window_dsp(layer, windows);
        tile.from[1] = ek_next_window_dsp(layer, windows);
        tile.from[2] = ek_next_window_dsp(layer, windows);
        tile.from[3] = ek_next_window_dsp(layer, windows);
        tile.y = y;
        ek_matmul_4x2_k64_dsp(&tile);
    }
}

void ek_conv_2d_k64_dsp_s8(const ek_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    ek_conv_2d_tiles_dsp(layer, x, y, scratch, four_pixels);
}
