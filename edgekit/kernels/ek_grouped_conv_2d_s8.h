/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_GROUPED_CONV_2D_S8_H
#define EK_GROUPED_CONV_2D_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A convolution in groups: the filters of a group read the input channels of that group only (NHWC).
 *
 * Weights come group by group, each in blocks of 4 channels, [kernel_h * kernel_w * group_input_c][4], then the group's
 * last group_output_c % 4 channels one after the other. The input's zero point is folded into the bias.
 */
typedef struct {
    int32_t input_h;
    int32_t input_w;
    int32_t input_c; /* groups * group_input_c */
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
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    const int8_t *weights;
    const int32_t *bias;       /* [groups * group_output_c] */
    const int32_t *multiplier; /* [groups * group_output_c] */
    const int8_t *shift;       /* [groups * group_output_c] */
} ek_grouped_conv_2d;

/* x [input_h][input_w][input_c], y [output_h][output_w][groups * group_output_c]; scratch holds a window of one group,
 * kernel_h * kernel_w * group_input_c bytes. */
void ek_grouped_conv_2d_s8(const ek_grouped_conv_2d *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
