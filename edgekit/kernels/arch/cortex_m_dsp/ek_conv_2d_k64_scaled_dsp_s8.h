/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_CONV_2D_K64_SCALED_DSP_S8_H
#define EK_CONV_2D_K64_SCALED_DSP_S8_H

#include "ek_conv_2d_tiles_dsp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ek_conv_2d_k64_dsp_s8 for channels that the least scale does not suit: weights are those of ek_matmul_dsp.h. */
void ek_conv_2d_k64_scaled_dsp_s8(const ek_conv_2d_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
