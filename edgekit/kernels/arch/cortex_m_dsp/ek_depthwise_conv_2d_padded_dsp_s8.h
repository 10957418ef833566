/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_DEPTHWISE_CONV_2D_PADDED_DSP_S8_H
#define EK_DEPTHWISE_CONV_2D_PADDED_DSP_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ek_depthwise_conv_2d for cores with the DSP extension, of small kernels over a padded image: 4 channels of a pixel at
 * a time. A tap outside the image reads a pixel of zero points. Channels are a multiple of 4, each with one output. */
typedef struct {
    int32_t input_h;
    int32_t input_w;
    int32_t channels;
    int32_t output_h;
    int32_t output_w;
    int32_t kernel_h; /* kernel_h * kernel_w is at most 25 */
    int32_t kernel_w;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t input_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    int32_t two_sided;       /* 1: weights carry the constants of the two-sided form */
    int32_t words;           /* of all weights and constants */
    const uint32_t *weights; /* see ek_depthwise_pixel_dsp.h */
} ek_depthwise_conv_2d_padded_dsp;

/* x [input_h][input_w][channels], y [output_h][output_w][channels]; scratch holds one pixel, `channels` bytes. */
void ek_depthwise_conv_2d_padded_dsp_s8(const ek_depthwise_conv_2d_padded_dsp *layer, const int8_t *x, int8_t *y,
                                        int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
