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

/* ek_dot_s16 of at most EK_SHORT_SUM products. */
EK_INLINE int32_t ek_short_dot_s16(const int16_t *x, const int8_t *w, int32_t k)
{
    int32_t sum = 0;

    for (; k >= 4; k -= 4, x += 4, w += 4) {
        sum += x[0] * w[0];
        sum += x[1] * w[1];
        sum += x[2] * w[2];
        sum += x[3] * w[3];
    }
    for (; k > 0; --k) {
        sum += *x++ * *w++;
    }
    return sum;
}

/* The dot product of k inputs with the weights of one channel. */
EK_INLINE int64_t ek_dot_s16(const int16_t *x, const int8_t *w, int32_t k)
{
    int64_t total = 0;

    for (; k > EK_SHORT_SUM; k -= EK_SHORT_SUM, x += EK_SHORT_SUM, w += EK_SHORT_SUM) {
        total += ek_short_dot_s16(x, w, EK_SHORT_SUM);
    }
    return total + ek_short_dot_s16(x, w, k);
}

#endif
