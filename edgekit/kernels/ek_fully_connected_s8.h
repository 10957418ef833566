/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_FULLY_CONNECTED_S8_H
#define EK_FULLY_CONNECTED_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = act(W x + bias), for each of `rows` vectors.
 *
 * Weights come in blocks of 4 features, [in_features][4], then the last out_features % 4 features one after the other.
 * The input's zero point is folded into the bias.
 */
typedef struct {
    int32_t rows;
    int32_t in_features;
    int32_t out_features;
    int32_t output_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    int32_t per_channel; /* 1: multiplier and shift hold an entry a feature, 0: one entry for all */
    const int8_t *weights;
    const int32_t *bias; /* [out_features] */
    const int32_t *multiplier;
    const int8_t *shift;
} ek_fully_connected;

/* x [rows][in_features], y [rows][out_features] */
void ek_fully_connected_s8(const ek_fully_connected *layer, const int8_t *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
