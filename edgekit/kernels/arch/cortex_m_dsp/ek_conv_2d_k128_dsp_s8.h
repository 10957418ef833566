/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_CONV_2D_K128_DSP_S8_H
#define EK_CONV_2D_K128_DSP_S8_H

#include "ek_conv_2d_tiles_dsp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ek_conv_2d_dsp_s8 for windows of up to 128 inputs as one row of runs (outer_count 1), in the floor form of
 * ek_matmul_short_dsp.h, with an even number of channels. Takes 1024 bytes of stack for the expanded inputs. */
void ek_conv_2d_k128_dsp_s8(const ek_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
