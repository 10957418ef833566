/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_PRELU_F32_H
#define EK_PRELU_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = a where it is 0 or more, else a * b. */
typedef struct {
    int32_t shape[5];     /* of y, outermost first */
    int32_t a_strides[5]; /* in elements; 0 where a is broadcast */
    int32_t b_strides[5];
} ek_prelu_layer_f32;

void ek_prelu_f32(const ek_prelu_layer_f32 *layer, const float *a, const float *b, float *y);

#ifdef __cplusplus
}
#endif

#endif
