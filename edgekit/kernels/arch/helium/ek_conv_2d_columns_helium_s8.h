/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_CONV_2D_COLUMNS_HELIUM_S8_H
#define EK_CONV_2D_COLUMNS_HELIUM_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ek_conv_2d for cores with Helium, without dilated columns: the inputs of a tile of an output row are laid out as
 * columns, in which all windows can be read where they are. */
typedef struct {
    int32_t input_h;
    int32_t input_w;
    int32_t input_c;
    int32_t output_h;
    int32_t output_w;
    int32_t output_c;
    int32_t kernel_h;
    int32_t kernel_w;
    int32_t dilation_h;
    int32_t stride_h;
    int32_t stride_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t tile; /* pixels of an output row that are computed together */
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    int32_t two_sided;       /* 0: outputs are clamped at their zero point */
    const uint32_t *weights; /* see ek_matmul_helium.h; a window is [columns][rows][input_c] */
} ek_conv_2d_columns_helium;

/* x [input_h][input_w][input_c], y [output_h][output_w][output_c]; scratch holds the columns of a tile, each kernel_h *
 * input_c bytes, and 16 bytes more. */
void ek_conv_2d_columns_helium_s8(const ek_conv_2d_columns_helium *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
