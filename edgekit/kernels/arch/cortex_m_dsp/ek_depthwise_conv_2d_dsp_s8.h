/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_DEPTHWISE_CONV_2D_DSP_S8_H
#define EK_DEPTHWISE_CONV_2D_DSP_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ek_depthwise_conv_2d for cores with the DSP extension, of any kernel, stride and dilation: 4 channels of a pixel at a
 * time. At least 4 output channels.
 *
 * Weights stand in groups of 4 channels; where their number is no multiple of 4, the last group takes the last 4. A
 * group: a word of 4 bytes for each tap, then start and multiplier of each channel, then a word of 4 shifts. See the
 * two-sided form in ek_matmul_dsp.h.
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
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    const uint32_t *weights;
} ek_depthwise_conv_2d_dsp;

/* x [input_h][input_w][input_c], y [output_h][output_w][input_c * depth_multiplier] */
void ek_depthwise_conv_2d_dsp_s8(const ek_depthwise_conv_2d_dsp *layer, const int8_t *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
