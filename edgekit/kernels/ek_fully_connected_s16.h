/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_FULLY_CONNECTED_S16_H
#define EK_FULLY_CONNECTED_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = act(W x + bias) over int16 with int8 weights, for each of `rows` vectors; all zero points are 0. */
typedef struct {
    int32_t rows;
    int32_t in_features;
    int32_t out_features;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    const int8_t *weights;     /* [out_features][in_features] */
    const int64_t *bias;       /* [out_features] */
    const int16_t *multiplier; /* [out_features], 15 bits */
    const int8_t *shift;
} ek_fully_connected_layer_s16;

/* x [rows][in_features], y [rows][out_features] */
void ek_fully_connected_s16(const ek_fully_connected_layer_s16 *layer, const int16_t *x, int16_t *y);

#ifdef __cplusplus
}
#endif

#endif
