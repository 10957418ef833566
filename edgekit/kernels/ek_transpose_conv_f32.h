/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_TRANSPOSE_CONV_F32_H
#define EK_TRANSPOSE_CONV_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[o] = act(sum over the pixels of x that reach a pixel of y of w[o] * x + bias[o]) (NHWC).
 *
 * Weights come in blocks of 4 channels, [kernel_h][kernel_w][input_c][4], then the last output_c % 4 channels one after
 * the other. A sum begins with 0 and goes through the pixels of x in the order of memory; the bias comes last.
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
    float act_min; /* fused activation */
    float act_max;
    const float *weights;
    const float *bias; /* [output_c] */
} ek_transpose_conv_layer_f32;

/* x [input_h][input_w][input_c], y [output_h][output_w][output_c] */
void ek_transpose_conv_f32(const ek_transpose_conv_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
