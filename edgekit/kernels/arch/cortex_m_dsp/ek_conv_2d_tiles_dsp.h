/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_CONV_2D_TILES_DSP_H
#define EK_CONV_2D_TILES_DSP_H

#include <stdint.h>

#include "ek_matmul_dsp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ek_conv_2d for cores with the DSP extension: tiles of a few pixels by 2 channels.
 *
 * A window is outer.count times inner.count runs of bytes. Where the image is padded or runs are no whole words, `band`
 * output rows at a time are computed from a padded copy of their input rows.
 */
typedef struct {
    int32_t input_h;
    int32_t input_row; /* bytes */
    int32_t output_h;
    int32_t output_w;
    int32_t output_c;
    int32_t y_step;      /* bytes from pixel to pixel of y: output_c, or more where act_min and act_max do nothing */
    int32_t row_step;    /* bytes from the windows of an output row to those of the next */
    int32_t column_step; /* bytes from pixel to pixel of an output row */
    int32_t outer_count;
    int32_t outer_step; /* bytes */
    ek_runs_dsp inner;
    int32_t pairs;       /* of expanded inputs */
    int32_t band;        /* output rows computed together; output_h when nothing is copied */
    int32_t band_step;   /* input rows from band to band */
    int32_t copied_rows; /* of a band; 0: windows are read in x */
    int32_t copied_row;  /* bytes, with padding */
    int32_t pad_top;
    int32_t pad_left; /* bytes */
    int32_t input_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    int32_t two_sided;       /* 1: weights carry the constants of the two-sided form */
    int32_t scale;           /* of the floor form; 0: that of ek_matmul_short_dsp.h, or the two-sided one */
    const uint32_t *weights; /* channels by twos; of an odd number the last but one twice, of one the other is empty */
} ek_conv_2d_dsp;

/* Input rows copied with the zero point in the place of padding; sizes in bytes. */
typedef struct {
    int32_t input_h;
    int32_t input_row;
    int32_t rows;
    int32_t row; /* with padding */
    int32_t pad_left;
    int32_t zero_point;
} ek_copied_dsp;

/* Copies the rows of x from `row` on, which may lie outside. */
void ek_copy_rows_dsp(const ek_copied_dsp *of, const int8_t *x, int32_t row, int8_t *to);

/* Walks over the windows of a band, pixel by pixel. */
typedef struct {
    const int8_t *at;
    int32_t left_in_row;
} ek_windows_dsp;

static inline const int8_t *ek_next_window_dsp(const ek_conv_2d_dsp *layer, ek_windows_dsp *windows)
{
    const int8_t *window = windows->at;

    windows->at += layer->column_step;
    if (--windows->left_in_row == 0) {
        windows->left_in_row = layer->output_w;
        windows->at += layer->row_step - layer->output_w * layer->column_step;
    }
    return window;
}

/* All channels of `tiles` tiles of pixels, to y. `expanded` is scratch for the inputs of a tile. */
typedef void ek_conv_2d_tiles_function_dsp(const ek_conv_2d_dsp *layer, ek_windows_dsp *windows, int32_t tiles,
                                           int8_t *y, uint32_t *expanded);

/* A product of one tile with all channels: an odd last channel comes together with its neighbour, once more. */
typedef void ek_matmul_function_dsp(const ek_tile_dsp *tile);

/* The product of one pixel of layers whose form is not that of short windows. */
static inline ek_matmul_function_dsp *ek_one_pixel_dsp(const ek_conv_2d_dsp *layer)
{
    return layer->two_sided ? ek_matmul_1x2_two_sided_dsp : ek_matmul_1x2_floor_dsp;
}

/* The convolution, with `whole_tiles` of `tile_pixels`, and `one` for the last pixels of a band. */
void ek_conv_2d_tiles_dsp(const ek_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch,
                          int32_t tile_pixels, ek_conv_2d_tiles_function_dsp *whole_tiles,
                          ek_matmul_function_dsp *one);

void ek_conv_2d_channels_dsp(const ek_conv_2d_dsp *layer, ek_tile_dsp *tile, ek_matmul_function_dsp *product,
                             int32_t pixels, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
