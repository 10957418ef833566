/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_CONV_2D_S16_H
#define EK_CONV_2D_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* 2-D convolution over int16 with int8 weights (NHWC); all zero points are 0.
 *
 * The channels may come in groups: each group of filters reads its part of the input's channels.
 */
typedef struct {
    int32_t input_h;
    int32_t input_w;
    int32_t input_c;
    int32_t output_h;
    int32_t output_w;
    int32_t groups;
    int32_t group_input_c;  /* input_c / groups */
    int32_t group_output_c; /* output channels / groups */
    int32_t kernel_h;
    int32_t kernel_w;
    int32_t stride_h;
    int32_t stride_w;
    int32_t dilation_h;
    int32_t dilation_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t direct;  /* 1: a window is one input pixel, read where it is */
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    const int8_t *weights;     /* [output channels][kernel_h][kernel_w][group_input_c] */
    const int64_t *bias;       /* [output channels] */
    const int16_t *multiplier; /* [output channels], 15 bits */
    const int8_t *shift;
} ek_conv_2d_layer_s16;

/* x [input_h][input_w][input_c], y [output_h][output_w][output channels]; scratch: one window of one group, as int16_t,
 * unless `direct`. */
void ek_conv_2d_s16(const ek_conv_2d_layer_s16 *layer, const int16_t *x, int16_t *y, void *scratch);

#ifdef __cplusplus
}
#endif

#endif
