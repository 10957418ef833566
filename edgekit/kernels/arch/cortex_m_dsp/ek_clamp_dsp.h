/* SPDX-License-Identifier: MIT-0 */
/* A fused activation that requantization leaves to the end. */
#ifndef EK_CLAMP_DSP_H
#define EK_CLAMP_DSP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Clamps n values to [low, high], 4 at a time. */
void ek_clamp_bytes_dsp(int8_t *values, int32_t n, int32_t low, int32_t high);

/* The same; touches nothing where the limits are those of int8. */
static inline void ek_clamp_all(int8_t *values, int32_t n, int32_t low, int32_t high)
{
    if (low > INT8_MIN || high < INT8_MAX) {
        ek_clamp_bytes_dsp(values, n, low, high);
    }
}

#ifdef __cplusplus
}
#endif

#endif
