/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_DEPTHWISE_CONV_2D_S16_H
#define EK_DEPTHWISE_CONV_2D_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Depthwise 2-D convolution over int16 with int8 weights (NHWC); all zero points are 0. */
typedef struct {
    int32_t input_h;
    int32_t input_w;
    int32_t input_c;
    int32_t output_h;
    int32_t output_w;
    int32_t depth_multiplier;
    int32_t kernel_h;
    int32_t kernel_w;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    const int8_t *weights;     /* [kernel_h][kernel_w][output channels], kernel_h * kernel_w <= 508 */
    const int64_t *bias;       /* [output channels] */
    const int16_t *multiplier; /* [output channels], 15 bits */
    const int8_t *shift;
} ek_depthwise_conv_2d_layer_s16;

/* x [input_h][input_w][input_c], y [output_h][output_w][input_c * depth_multiplier]; scratch: an int32_t for each
 * output channel. */
void ek_depthwise_conv_2d_s16(const ek_depthwise_conv_2d_layer_s16 *layer, const int16_t *x, int16_t *y, void *scratch);

#ifdef __cplusplus
}
#endif

#endif
