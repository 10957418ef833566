/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_DEPTHWISE_CONV_2D_HELIUM_S8_H
#define EK_DEPTHWISE_CONV_2D_HELIUM_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ek_depthwise_conv_2d for cores with Helium, of any kernel, stride and dilation: 16 outputs of a row at a time. The
 * weights repeat after a unit: a pixel, or where its channels would fill vectors badly several pixels that fill them.
 * Where the image is padded, inputs of a vector are no neighbours or vectors would end behind x, `band` output rows at
 * a time are computed from a copy of their input rows. */
typedef struct {
    int32_t input_h;
    int32_t input_row; /* bytes */
    int32_t output_h;
    int32_t output_row; /* bytes */
    int32_t unit;       /* bytes */
    int32_t blocks;     /* of 16 outputs: a unit's, or the row's where that is shorter */
    int32_t row_step;   /* bytes from the windows of an output row to those of the next */
    int32_t unit_step;  /* bytes from window to window of the units of an output row */
    int32_t band;       /* output rows computed together; output_h when nothing is copied */
    int32_t band_step;  /* input rows from band to band */
    int32_t copied_rows; /* of a band; 0: windows are read in x */
    int32_t copied_row;  /* bytes, with padding */
    int32_t pad_top;
    int32_t parts;           /* of a copied row */
    int32_t source_blocks;   /* 0: a part's bytes are neighbours in x */
    int32_t source_step;     /* bytes of x after which the pattern of sources repeats */
    const uint32_t *sources; /* [source_blocks][16] bytes: where the bytes of a part come from */
    const int32_t *part;     /* [parts][3]: first byte of the input row, first byte of the copy, bytes of the copy */
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    int32_t two_sided;       /* 0: outputs are clamped at their zero point */
    int32_t taps;            /* filled up to an even number */
    const int32_t *places;   /* [taps], bytes from the window's start */
    const uint32_t *weights; /* see ek_depthwise_helium.h */
} ek_depthwise_conv_2d_helium;

/* x [input_h][input_row], y [output_h][output_row]; scratch holds copied_rows * copied_row bytes, and 16 more where
 * rows are copied. */
void ek_depthwise_conv_2d_helium_s8(const ek_depthwise_conv_2d_helium *layer, const int8_t *x, int8_t *y,
                                    int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
