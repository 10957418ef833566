/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_CONV_2D_LONG_DSP_S8_H
#define EK_CONV_2D_LONG_DSP_S8_H

#include "ek_conv_2d_tiles_dsp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ek_conv_2d_dsp_s8 for long windows, in fewer instructions from 128 inputs on.
 *
 * x [input_h][input_w][input_c], y [output_h][output_w][output_c]; scratch is aligned to 4 bytes and holds
 * 12 * pairs + copied_rows * copied_row bytes, and 4 more where rows are copied. */
void ek_conv_2d_long_dsp_s8(const ek_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
