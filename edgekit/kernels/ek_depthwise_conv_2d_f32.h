/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_DEPTHWISE_CONV_2D_F32_H
#define EK_DEPTHWISE_CONV_2D_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[i * depth_multiplier + m] = act(sum over kernel_h, kernel_w of w * x[i] + bias), channel by channel (NHWC).
 *
 * A sum begins with 0 and goes through the window row by row, without the padding; the bias comes last.
 */
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
    float act_min; /* fused activation */
    float act_max;
    const float *weights; /* [kernel_h][kernel_w][input_c * depth_multiplier] */
    const float *bias;    /* [input_c * depth_multiplier] */
} ek_depthwise_conv_2d_layer_f32;

/* x [input_h][input_w][input_c], y [output_h][output_w][input_c * depth_multiplier] */
void ek_depthwise_conv_2d_f32(const ek_depthwise_conv_2d_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
