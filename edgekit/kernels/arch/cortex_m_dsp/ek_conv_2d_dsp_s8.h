/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_CONV_2D_DSP_S8_H
#define EK_CONV_2D_DSP_S8_H

#include <stdint.h>

#include "ek_matmul_dsp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ek_conv_2d for cores with the DSP extension: 4 pixels by 2 channels at a time.
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
    int32_t scale;           /* of the floor form */
    const uint32_t *weights; /* channels by twos; of an odd number the last but one twice, of one the other is empty */
} ek_conv_2d_dsp;

/* x [input_h][input_w][input_c], y [output_h][output_w][output_c]; scratch is aligned to 4 bytes and holds
 * 16 * pairs + copied_rows * copied_row bytes, and 4 more where rows are copied. */
void ek_conv_2d_dsp_s8(const ek_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
