/* SPDX-License-Identifier: MIT-0 */
/* Sums of int16 inputs times int8 weights: 48 bits are enough for them, and 15 bits for the factor that follows. */
#ifndef EK_WIDE_H
#define EK_WIDE_H

#include <stdint.h>

#include "ek_math.h"

/* So many products surely sum up inside an int32. */
#define EK_SHORT_SUM 508

/* acc * multiplier * 2^(shift - 15), rounded to nearest, ties up; shift <= 7, the result fits or wraps around. */
EK_INLINE int32_t ek_rescale_wide(int64_t acc, int32_t multiplier, int32_t shift)
{
    const int32_t right = 15 - shift;
    return (int32_t)((acc * multiplier + ((int64_t)1 << (right - 1))) >> right);
}

/* The dot product of k inputs with the weights of one channel. */
EK_INLINE int64_t ek_dot_s16(const int16_t *x, const int8_t *w, int32_t k)
{
    int64_t total = 0;

    while (k > 0) {
        const int32_t n = ek_min(k, EK_SHORT_SUM);
        int32_t sum = 0;
        for (int32_t i = 0; i < n; ++i) {
            sum += x[i] * w[i];
        }
        total += sum;
        x += n;
        w += n;
        k -= n;
    }
    return total;
}

#endif
