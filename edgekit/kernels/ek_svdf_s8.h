/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_SVDF_S8_H
#define EK_SVDF_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A dense layer over the last `memory` inputs, its weights split in two: features of each input, which `state` keeps,
 * and for each feature a weighted sum over time. Each unit adds up `rank` features.
 *
 * The input's zero point is folded into the feature bias; that of the state is 0.
 */
typedef struct {
    int32_t inputs;
    int32_t units;
    int32_t rank;
    int32_t memory;
    int32_t long_state; /* 1: state holds int16_t, else int8_t */
    int32_t feature_multiplier; /* from features to state */
    int32_t feature_shift;
    int32_t output_zero_point;
    int32_t multiplier; /* from sums over time to y */
    int32_t shift;
    const int8_t *features;      /* [units][rank][inputs] */
    const int32_t *feature_bias; /* [units][rank] */
    const int16_t *times;        /* [units][rank][memory] */
    const int32_t *bias;         /* [units] */
} ek_svdf;

/* x [inputs], y [units]; state [units][rank][memory], aligned to its type, oldest value first. */
void ek_svdf_s8(const ek_svdf *layer, const int8_t *x, void *state, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
