/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_FULLY_CONNECTED_F32_H
#define EK_FULLY_CONNECTED_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[o] = act(sum over in_features of w[o] * x + bias[o]), for each row; a sum begins with 0, the bias comes last.
 *
 * Weights come in blocks of 4 features, [in_features][4], then the last out_features % 4 features one after the other.
 */
typedef struct {
    int32_t rows;
    int32_t in_features;
    int32_t out_features;
    float act_min; /* fused activation */
    float act_max;
    const float *weights;
    const float *bias; /* [out_features] */
} ek_fully_connected_layer_f32;

/* x [rows][in_features], y [rows][out_features] */
void ek_fully_connected_f32(const ek_fully_connected_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
