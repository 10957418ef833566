/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_SOFTMAX_F32_H
#define EK_SOFTMAX_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = exp(beta * (x - the row's largest x)), divided by the row's sum of them. */
typedef struct {
    int32_t rows;
    int32_t depth;
    float beta;
} ek_softmax_layer_f32;

/* x [rows][depth], y [rows][depth] */
void ek_softmax_f32(const ek_softmax_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
