/* SPDX-License-Identifier: MIT-0 */
/* exp(x) = 2^n * exp(r) with n = x / ln 2 rounded, so |r| <= ln(2) / 2. ln 2 is taken off in two parts, the first so
 * short that n times it is exact (W. J. Cody and W. Waite, Software Manual for the Elementary Functions, 1980). exp(r)
 * is its Taylor polynomial of degree 7, whose error is below 6e-9 there: a tenth of a unit in the last place. */
#include "ek_exp.h"

#include <stdint.h>

#include "ek_float.h"

#define LOG2_E 1.44269504f
#define LN_2_HIGH 0.693359375f
#define LN_2_LOW -2.12194440e-4f

/* Beyond these, results are infinite or round to 0, and n would not fit. */
#define LARGEST 89.0f
#define SMALLEST -104.0f

/* Below this exp(x) - 1 is -1. */
#define LOWEST_EXPM1 -20.0f

static int32_t nearest_power(float x)
{
    const float powers = x * LOG2_E;
    return (int32_t)(powers < 0.0f ? powers - 0.5f : powers + 0.5f);
}

/* exp(r) - 1 for what is left of x without n times ln 2. */
static float fraction(float x, int32_t n)
{
    const float r = (x - (float)n * LN_2_HIGH) - (float)n * LN_2_LOW;
    float sum = 1.98412698e-4f;

    sum = sum * r + 1.38888889e-3f;
    sum = sum * r + 8.33333333e-3f;
    sum = sum * r + 4.16666667e-2f;
    sum = sum * r + 1.66666667e-1f;
    sum = sum * r + 0.5f;
    return r + r * r * sum;
}

/* 2^n, -126 <= n <= 127. */
static float power_of_2(int32_t n)
{
    return ek_f32_of_bits((uint32_t)(n + 127) << 23);
}

float ek_exp(float x)
{
    if (x != x) {
        return x;
    }
    x = ek_clamp_f32(x, SMALLEST, LARGEST);
    const int32_t n = nearest_power(x);
    /* In two steps: 2^n itself may be too large or too small for a float. */
    return (1.0f + fraction(x, n)) * power_of_2(n / 2) * power_of_2(n - n / 2);
}

float ek_expm1(float x)
{
    if (x != x) {
        return x;
    }
    x = x < LOWEST_EXPM1 ? LOWEST_EXPM1 : x;
    const int32_t n = nearest_power(x);
    const float power = power_of_2(n);
    return (power - 1.0f) + power * fraction(x, n);
}
