/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_ELU_F32_H
#define EK_ELU_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x where it is 0 or more, else exp(x) - 1. */
typedef struct {
    int32_t elements;
} ek_elu_layer_f32;

void ek_elu_f32(const ek_elu_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
