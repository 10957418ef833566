/* SPDX-License-Identifier: MIT-0 */
/* Fixed-point arithmetic shared by the kernels.
 *
 * A positive real scale is multiplier * 2^(shift - 31), with 0 <= multiplier < 2^31. Right shifts of negative numbers are
 * arithmetic, as on every compiler for the cores we know.
 */
#ifndef EK_MATH_H
#define EK_MATH_H

#include <stdint.h>

#include "ek_compiler.h"

EK_INLINE int32_t ek_min(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

EK_INLINE int32_t ek_clamp(int32_t v, int32_t low, int32_t high)
{
    return v < low ? low : v > high ? high : v;
}

/* How a layer's results become output bytes, beside the scales of each channel. */
typedef struct {
    int32_t zero_point;
    int32_t act_min;
    int32_t act_max;
} ek_output;

/* a + b, wrapping around. */
EK_INLINE int32_t ek_add_wrapping(int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)a + (uint32_t)b);
}

/* a * b / 2^31, rounded to nearest, ties up. At most one of a and b may be INT32_MIN. */
EK_INLINE int32_t ek_mul_high(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* v / 2^n, rounded to nearest, ties away from zero; 1 <= n <= 31, INT32_MIN < v < INT32_MAX. */
EK_INLINE int32_t ek_shift_right_round(int32_t v, int32_t n)
{
    return (((v + (v >> 31)) >> (n - 1)) + 1) >> 1;
}

/* acc * multiplier * 2^(shift - 31) as TFLite rounds it: first the product, then the right shift. A left shift comes
 * first and wraps around. */
EK_INLINE int32_t ek_rescale(int32_t acc, int32_t multiplier, int32_t shift)
{
    if (shift >= 0) {
        return ek_mul_high((int32_t)((uint32_t)acc << shift), multiplier);
    }
    return ek_shift_right_round(ek_mul_high(acc, multiplier), -shift);
}

/* An accumulator as an output byte. */
EK_INLINE int8_t ek_output_s8(int32_t acc, int32_t multiplier, int32_t shift, ek_output output)
{
    const int32_t v = ek_rescale(acc, multiplier, shift) + output.zero_point;
    return (int8_t)ek_clamp(v, output.act_min, output.act_max);
}

#endif
