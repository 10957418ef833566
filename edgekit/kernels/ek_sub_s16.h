/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_SUB_S16_H
#define EK_SUB_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = act(a - b), the three with scales of their own.
 *
 * Both inputs are brought to a common scale with 15 fractional bits, subtracted, and requantized.
 */
typedef struct {
    int32_t shape[5];     /* of y, outermost first */
    int32_t a_strides[5]; /* in elements; 0 where a is broadcast */
    int32_t b_strides[5];
    int32_t a_multiplier;
    int32_t a_shift;
    int32_t b_multiplier;
    int32_t b_shift;
    int32_t output_multiplier;
    int32_t output_shift;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
} ek_sub_layer_s16;

void ek_sub_s16(const ek_sub_layer_s16 *layer, const int16_t *a, const int16_t *b, int16_t *y);

#ifdef __cplusplus
}
#endif

#endif
