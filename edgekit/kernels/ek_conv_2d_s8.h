/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_CONV_2D_S8_H
#define EK_CONV_2D_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[o] = act(sum over kernel_h, kernel_w, input_c of w[o] * x + bias[o]), all channels of a pixel together (NHWC).
 *
 * Weights come in blocks of 4 channels, [kernel_h * kernel_w * input_c][4], then the last output_c % 4 channels one
 * after the other. The input's zero point is folded into the bias.
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
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t tile_pixels; /* pixels computed together: 1 or 2 */
    int32_t direct; /* 1: a window is one run of bytes in x (1x1, not padded), no copy in scratch */
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    const int8_t *weights;
    const int32_t *bias;       /* [output_c] */
    const int32_t *multiplier; /* [output_c] */
    const int8_t *shift;       /* [output_c] */
} ek_conv_2d;

/* x [input_h][input_w][input_c], y [output_h][output_w][output_c]; scratch holds tile_pixels windows of
 * kernel_h * kernel_w * input_c bytes, and is not used when `direct`. */
void ek_conv_2d_s8(const ek_conv_2d *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
