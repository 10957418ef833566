/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_CONV_2D_HELIUM_S8_H
#define EK_CONV_2D_HELIUM_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ek_conv_2d for cores with Helium. Windows that are one run of bytes are read where they are; others are laid out in
 * slots in scratch, as many as it has room for, and then multiplied together. Where the image is padded, windows come
 * from a copy of the input rows of `band` output rows. */
typedef struct {
    int32_t input_h;
    int32_t input_row; /* bytes */
    int32_t output_h;
    int32_t output_w;
    int32_t output_c;
    int32_t row_step;    /* bytes from the windows of an output row to those of the next */
    int32_t column_step; /* bytes from window to window */
    int32_t depth;       /* bytes of a window */
    int32_t direct;      /* 1: windows are read where they are, but for the last `laid_out` pixels */
    int32_t laid_out;    /* whose vectors would end behind x */
    int32_t slots;
    int32_t slot; /* bytes */
    int32_t runs; /* of a window */
    int32_t run;  /* bytes */
    int32_t band; /* output rows computed together; output_h when nothing is copied */
    int32_t band_step;   /* input rows from band to band */
    int32_t copied_rows; /* of a band; 0: windows are read in x */
    int32_t copied_row;  /* bytes, with padding */
    int32_t pad_top;
    int32_t pad_left; /* bytes */
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    int32_t two_sided;       /* 0: outputs are clamped at their zero point */
    const int32_t *places;   /* [runs], bytes from the window's start */
    const uint32_t *weights; /* see ek_matmul_helium.h */
} ek_conv_2d_helium;

/* x [input_h][input_row], y [output_h][output_w][output_c]; scratch holds slots * slot + copied_rows * copied_row
 * bytes. */
void ek_conv_2d_helium_s8(const ek_conv_2d_helium *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
