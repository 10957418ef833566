/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_CONV_2D_F32_H
#define EK_CONV_2D_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[o] = act(sum over kernel_h, kernel_w, group_input_c of w[o] * x + bias[o]), all channels of a pixel together
 * (NHWC); each group of group_output_c channels reads group_input_c channels of the input.
 *
 * The weights of a group come in blocks of 4 channels, [kernel_h][kernel_w][group_input_c][4], then the last
 * group_output_c % 4 channels one after the other.
 * A sum begins with 0 and goes through the window row by row, without the padding; the bias comes last.
 */
typedef struct {
    int32_t input_h;
    int32_t input_w;
    int32_t output_h;
    int32_t output_w;
    int32_t groups;
    int32_t group_input_c;
    int32_t group_output_c;
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
    const float *weights;
    const float *bias; /* [groups * group_output_c] */
} ek_conv_2d_layer_f32;

/* x [input_h][input_w][groups * group_input_c], y [output_h][output_w][groups * group_output_c] */
void ek_conv_2d_f32(const ek_conv_2d_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
