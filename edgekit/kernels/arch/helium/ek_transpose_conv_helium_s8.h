/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_TRANSPOSE_CONV_HELIUM_S8_H
#define EK_TRANSPOSE_CONV_HELIUM_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ek_transpose_conv for cores with Helium. All pixels of y whose row and column leave the same remainders by the
 * strides (a phase) are a plain convolution: the input rows that an output row needs are laid out as columns, in which
 * the windows of its phases can be read where they are. */
typedef struct {
    int32_t input_h;
    int32_t input_w;
    int32_t input_c;
    int32_t output_h;
    int32_t output_w;
    int32_t output_c;
    int32_t stride_h;
    int32_t stride_w;
    int32_t pad_top;
    int32_t columns;  /* of the input, with padding */
    int32_t pad_left; /* columns */
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    int32_t two_sided;       /* 0: outputs are clamped at their zero point */
    const int32_t *phases;   /* [stride_h][stride_w][3]: rows and columns of a window, first column */
    const uint32_t *weights; /* phase after phase, see ek_matmul_helium.h; a window is [columns][rows][input_c] */
} ek_transpose_conv_helium;

/* x [input_h][input_w][input_c], y [output_h][output_w][output_c]; scratch holds columns of the most rows, and 16 bytes
 * more. */
void ek_transpose_conv_helium_s8(const ek_transpose_conv_helium *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
