/* SPDX-License-Identifier: MIT-0 */
/* Fixed-point arithmetic shared by the kernels.
 *
 * A positive real scale is multiplier * 2^(shift - 31), with 0 <= multiplier < 2^31. Right shifts of negative numbers are
 * arithmetic, as on every compiler for the cores we know.
 */
#ifndef EK_MATH_H
#define EK_MATH_H

#include <stdint.h>

static inline int32_t ek_min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static inline int32_t ek_clamp(int32_t v, int32_t low, int32_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* a + b, wrapping around. */
static inline int32_t ek_add_wrapping(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

/* a * b / 2^31, rounded to nearest, ties up. At most one of a and b may be INT32_MIN. */
static inline int32_t ek_mul_high(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* v / 2^n, rounded to nearest, ties away from zero; 1 <= n <= 31, INT32_MIN < v. */
static inline int32_t ek_shift_right_round(int32_t v, int32_t n)
{
    return (((v + (v >> 31)) >> (n - 1)) + 1) >> 1;
}

/* acc * multiplier * 2^(shift - 31) as TFLite rounds it: first the product, then the right shift. A left shift comes
 * first and wraps around. */
static inline int32_t ek_rescale(int32_t acc, int32_t multiplier, int32_t shift)
{
    if (shift >= 0) {
        return ek_mul_high((int32_t)((uint32_t)acc << shift), multiplier);
    }
    return ek_shift_right_round(ek_mul_high(acc, multiplier), -shift);
}

#endif
