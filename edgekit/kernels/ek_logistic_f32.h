/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_LOGISTIC_F32_H
#define EK_LOGISTIC_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = 1 / (1 + exp(-x)). */
typedef struct {
    int32_t elements;
} ek_logistic_layer_f32;

void ek_logistic_f32(const ek_logistic_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
