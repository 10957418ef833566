/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_DEPTHWISE_CONV_2D_3X3_S1_DSP_S8_H
#define EK_DEPTHWISE_CONV_2D_3X3_S1_DSP_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Depthwise 3x3 with stride 1, for cores with the DSP extension: 4 channels at a time are expanded to rows of 16-bit
 * pairs in scratch, a band of rows of a block of columns at a time. At least 4 channels, 2 input and output columns. */
typedef struct {
    int32_t input_h;
    int32_t input_w;
    int32_t channels; /* of x */
    int32_t depth_multiplier;
    int32_t output_h;
    int32_t output_w;
    int32_t output_c; /* channels * depth_multiplier */
    int32_t pad_top;
    int32_t pad_left; /* 0 or 1 */
    int32_t block_w;  /* output columns computed together */
    int32_t band;     /* output rows by twos computed together */
    int32_t input_zero_point;
    int32_t output_zero_point; /* of channels in the two-sided form */
    int32_t act_min;           /* fused activation, in output units */
    int32_t act_max;
    const uint32_t *weights; /* see ek_depthwise_3x3_dsp.h */
} ek_depthwise_conv_2d_3x3_s1_dsp;

/* x [input_h][input_w][channels], y [output_h][output_w][output_c]; scratch is aligned to 4 bytes and holds
 * (band + 1) * ((block_w + 1) / 2) * 64 bytes. */
void ek_depthwise_conv_2d_3x3_s1_dsp_s8(const ek_depthwise_conv_2d_3x3_s1_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
