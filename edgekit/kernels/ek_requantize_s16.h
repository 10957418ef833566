/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_REQUANTIZE_S16_H
#define EK_REQUANTIZE_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x brought to the output's scale; int16 has the zero point 0. */
typedef struct {
    int32_t elements;
    int32_t multiplier; /* input scale / output scale */
    int32_t shift;
} ek_requantize_layer_s16;

void ek_requantize_s16(const ek_requantize_layer_s16 *layer, const int16_t *x, int16_t *y);

#ifdef __cplusplus
}
#endif

#endif
