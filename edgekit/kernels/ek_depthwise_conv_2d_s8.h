/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_DEPTHWISE_CONV_2D_S8_H
#define EK_DEPTHWISE_CONV_2D_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[c * multiplier + m] = act(sum over kernel_h, kernel_w of w * x[c] + bias): every channel by itself (NHWC).
 *
 * Weights are [output_c][kernel_h][kernel_w]. The input's zero point is folded into the bias.
 */
typedef struct {
    int32_t input_h;
    int32_t input_w;
    int32_t input_c;
    int32_t output_h;
    int32_t output_w;
    int32_t depth_multiplier; /* output channels for each input channel */
    int32_t kernel_h;
    int32_t kernel_w;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t slab_c; /* input channels whose padded window is laid out in scratch at a time */
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    const int8_t *weights;
    const int32_t *bias;       /* [input_c * depth_multiplier] */
    const int32_t *multiplier; /* [input_c * depth_multiplier] */
    const int8_t *shift;       /* [input_c * depth_multiplier] */
} ek_depthwise_conv_2d;

/* x [input_h][input_w][input_c], y [output_h][output_w][input_c * depth_multiplier]; scratch holds
 * kernel_h * kernel_w * slab_c bytes and is used where a window reaches into the padding. */
void ek_depthwise_conv_2d_s8(const ek_depthwise_conv_2d *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
