/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_FULLY_CONNECTED_HELIUM_S8_H
#define EK_FULLY_CONNECTED_HELIUM_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ek_fully_connected for cores with Helium, 4 features at a time; they are filled up to a multiple of 4. */
typedef struct {
    int32_t rows;
    int32_t in_features;
    int32_t out_features;
    int32_t output_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    int32_t two_sided;   /* 0: outputs are clamped at their zero point */
    int32_t per_channel; /* 0: one scale for all features, which is multiplier and shift */
    int32_t multiplier;
    int32_t shift;
    const uint32_t *weights; /* see ek_matmul_helium.h */
} ek_fully_connected_helium;

/* x [rows][in_features], y [rows][out_features] */
void ek_fully_connected_helium_s8(const ek_fully_connected_helium *layer, const int8_t *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
