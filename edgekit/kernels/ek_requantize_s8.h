/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_REQUANTIZE_S8_H
#define EK_REQUANTIZE_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x brought to the output's scale and zero point. */
typedef struct {
    int32_t elements;
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t multiplier; /* input scale / output scale */
    int32_t shift;
} ek_requantize;

void ek_requantize_s8(const ek_requantize *layer, const int8_t *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
