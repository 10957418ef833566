/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_TANH_S16_H
#define EK_TANH_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = tanh(x) = 2 * logistic(2 * x) - 1; 1.0 is 2^15. */
typedef struct {
    int32_t elements;
    int32_t multiplier; /* from x to places in the table, with the shift; 16 bits */
    int32_t shift;
    const uint16_t *table; /* [256]: 1 / (1 + exp(-i / 24)), 16 fractional bits */
} ek_tanh_layer_s16;

void ek_tanh_s16(const ek_tanh_layer_s16 *layer, const int16_t *x, int16_t *y);

#ifdef __cplusplus
}
#endif

#endif
