/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_FULLY_CONNECTED_DSP_S8_H
#define EK_FULLY_CONNECTED_DSP_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ek_fully_connected for cores with the DSP extension and one scale for all features: 4 features at a time. Features are
 * filled up to a multiple of 4, inputs to a multiple of 8, with weights of zero. */
typedef struct {
    int32_t rows;
    int32_t in_features;
    int32_t out_features;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    int32_t two_sided; /* 1: the two-sided form, see ek_matmul_dsp.h */
    int32_t scale;     /* of the floor form */
    int32_t multiplier;
    int32_t addend; /* of the two-sided form */
    int32_t shift;
    const uint32_t *weights; /* see ek_matmul_1x4_dsp.h */
} ek_fully_connected_dsp;

/* x [rows][in_features], y [rows][out_features]; scratch is aligned to 4 bytes and holds 2 bytes for each input,
 * filled up. */
void ek_fully_connected_dsp_s8(const ek_fully_connected_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#ifdef __cplusplus
}
#endif

#endif
