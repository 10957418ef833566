/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_DEPTHWISE_CONV_2D_3X3_HELIUM_S8_H
#define EK_DEPTHWISE_CONV_2D_3X3_HELIUM_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ek_depthwise_conv_2d for cores with Helium: 3x3, stride 1 or 2 both ways, one output for each channel, channels a
 * multiple of 4, outputs limited by int8 alone. */
typedef struct {
    int32_t input_h;
    int32_t input_w;
    int32_t channels;
    int32_t output_h;
    int32_t output_w;
    int32_t stride;
    int32_t pad_top;
    int32_t pad_left;
    int32_t columns;     /* of the input that are used */
    int32_t tile;        /* output columns that are computed together, by way of one table */
    int32_t padding_row; /* bytes: channels, filled up to a multiple of 16; 0 where no row is padding */
    int32_t table;       /* bytes */
    int32_t keeps_rows;  /* 1: two input rows are kept, so that y may be x */
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t two_sided;       /* 0: the output's zero point is the smallest output */
    const uint32_t *weights; /* see ek_depthwise_3x3_helium.h */
} ek_depthwise_conv_2d_3x3_helium;

/* x [input_h][input_w][channels], y [output_h][output_w][channels]; scratch is aligned to 4 bytes and holds
 * padding_row + table bytes, and behind them the rows that are kept. */
void ek_depthwise_conv_2d_3x3_helium_s8(const ek_depthwise_conv_2d_3x3_helium *layer, const int8_t *x, int8_t *y,
                                        int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
