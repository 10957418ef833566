/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_MUL_S8_H
#define EK_MUL_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = act(a * b), the three with scales of their own. */
typedef struct {
    int32_t shape[5];     /* of y, outermost first */
    int32_t a_strides[5]; /* in elements; 0 where a is broadcast */
    int32_t b_strides[5];
    int32_t a_zero_point;
    int32_t b_zero_point;
    int32_t output_zero_point;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    int32_t multiplier; /* scale of a * scale of b / scale of y */
    int32_t shift;
} ek_mul;

void ek_mul_s8(const ek_mul *layer, const int8_t *a, const int8_t *b, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
