/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_DEPTHWISE_CONV_2D_DSP_S8_H
#define EK_DEPTHWISE_CONV_2D_DSP_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ek_depthwise_conv_2d for cores with the DSP extension, of any kernel, stride and dilation: 4 channels of a pixel at a
 * time. Where the image is padded, channels are no multiple of 4 or an input channel has several outputs, `band` output
 * rows at a time are computed from a copy of their input rows, padded and with each input as often as it is used. */
typedef struct {
    int32_t input_h;
    int32_t input_w;
    int32_t input_c;
    int32_t depth_multiplier;
    int32_t output_h;
    int32_t output_w;
    int32_t output_c;
    int32_t row_step;    /* bytes from the windows of an output row to those of the next */
    int32_t column_step; /* bytes from pixel to pixel of an output row */
    int32_t band;        /* output rows computed together; output_h when nothing is copied */
    int32_t band_step;   /* input rows from band to band */
    int32_t copied_rows; /* of a band; 0: windows are read in x */
    int32_t copied_row;  /* bytes, with padding */
    int32_t pad_top;
    int32_t pad_left; /* bytes */
    int32_t input_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    int32_t two_sided;     /* 1: weights carry the constants of the two-sided form */
    int32_t taps;          /* filled up to an odd number */
    int32_t words;         /* of all weights and constants */
    const int32_t *places; /* [taps], bytes from the window's start */
    const uint32_t *weights; /* see ek_depthwise_pixel_dsp.h */
} ek_depthwise_conv_2d_dsp;

/* x [input_h][input_w][input_c], y [output_h][output_w][output_c]; scratch is aligned to 4 bytes and holds output_c
 * bytes, filled up to whole words, and copied_rows * copied_row, and 4 more where rows are copied. */
void ek_depthwise_conv_2d_dsp_s8(const ek_depthwise_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
