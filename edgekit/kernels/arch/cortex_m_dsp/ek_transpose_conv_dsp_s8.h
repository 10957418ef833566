/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_TRANSPOSE_CONV_DSP_S8_H
#define EK_TRANSPOSE_CONV_DSP_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One phase of the strides: the pixels of y that the same part of the filters reaches. They are a convolution of their
 * own, whose windows stand one pixel of x apart. */
typedef struct {
    int32_t start;  /* bytes from the first copied row to its first window */
    int32_t y_start; /* bytes to its first pixel in y */
    int32_t rows;   /* of y */
    int32_t columns;
    int32_t words; /* of a run, a row of a window */
    int32_t count; /* of runs */
    int32_t pairs; /* of expanded inputs */
    int32_t two_sided;
    int32_t scale;
    int32_t weights; /* words from the layer's weights on */
} ek_phase_dsp;

/* ek_transpose_conv for cores with the DSP extension: row by row of each phase with ek_conv_2d_dsp, from a padded copy
 * of the input rows that `band` rows of every phase need. */
typedef struct {
    int32_t input_h;
    int32_t input_row; /* bytes */
    int32_t input_c;
    int32_t output_h;
    int32_t output_w;
    int32_t output_c;
    int32_t stride_h;
    int32_t stride_w;
    int32_t band;
    int32_t copied_rows;
    int32_t copied_row; /* bytes, with padding */
    int32_t pad_top;
    int32_t pad_left; /* bytes */
    int32_t pairs;    /* of the longest window */
    int32_t input_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    int32_t phase_count;
    const int32_t *phases;   /* [phase_count], each an ek_phase_dsp */
    const uint32_t *weights; /* see ek_matmul_dsp.h; of an odd number of channels the last but one twice */
} ek_transpose_conv_dsp;

/* x [input_h][input_w][input_c], y [output_h][output_w][output_c]; scratch is aligned to 4 bytes and holds
 * 16 * pairs + copied_rows * copied_row + 4 bytes. */
void ek_transpose_conv_dsp_s8(const ek_transpose_conv_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
