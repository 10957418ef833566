/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_MUL_S16_H
#define EK_MUL_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = act(a * b), the three with scales of their own. */
typedef struct {
    int32_t shape[5];     /* of y, outermost first */
    int32_t a_strides[5]; /* in elements; 0 where a is broadcast */
    int32_t b_strides[5];
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
    int32_t multiplier; /* scale of a * scale of b / scale of y */
    int32_t shift;
} ek_mul_layer_s16;

void ek_mul_s16(const ek_mul_layer_s16 *layer, const int16_t *a, const int16_t *b, int16_t *y);

#ifdef __cplusplus
}
#endif

#endif
