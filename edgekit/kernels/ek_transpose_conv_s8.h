/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_TRANSPOSE_CONV_S8_H
#define EK_TRANSPOSE_CONV_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A convolution that widens: pixel (i, j) of x adds its filter to y from (i * stride_h - pad_top, j * stride_w -
 * pad_left) on (NHWC).
 *
 * All pixels of y whose row and column leave the same remainders by the strides (a phase) are reached by the same part
 * of the filters, so each phase is a plain convolution of its own. `weights` holds, for each phase, rows first, blocks
 * of 4 channels, [taps * input_c][4], then the last output_c % 4 channels one after the other; taps in the order of
 * x's pixels. The input's zero point is folded into the bias.
 */
typedef struct {
    int32_t input_h;
    int32_t input_w;
    int32_t input_c;
    int32_t output_h;
    int32_t output_w;
    int32_t output_c;
    int32_t kernel_h;
    int32_t kernel_w;
    int32_t stride_h;
    int32_t stride_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    const int8_t *weights;
    const int32_t *bias;       /* [stride_h * stride_w][output_c] */
    const int32_t *multiplier; /* [output_c] */
    const int8_t *shift;       /* [output_c] */
} ek_transpose_conv;

/* x [input_h][input_w][input_c], y [output_h][output_w][output_c]; scratch holds the largest window of a phase,
 * ceil(kernel_h / stride_h) * ceil(kernel_w / stride_w) * input_c bytes. */
void ek_transpose_conv_s8(const ek_transpose_conv *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
