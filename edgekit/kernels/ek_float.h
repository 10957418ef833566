/* SPDX-License-Identifier: MIT-0 */
/* Floating-point arithmetic shared by the kernels: single precision throughout, no C library.
 *
 * Every sum is taken in the order that is written here, each operation rounded by itself. With IEEE 754 arithmetic and
 * -ffp-contract=off the results are the same bits on every core, but for the sign and payload of a NaN.
 */
#ifndef EK_FLOAT_H
#define EK_FLOAT_H

#include <stdint.h>

#include "ek_compiler.h"

/* The largest finite number. */
#define EK_FLOAT_MAX 3.40282347e+38f

/* v within [low, high]; a NaN stays one. */
EK_INLINE float ek_clamp_f32(float v, float low, float high)
{
    return v < low ? low : v > high ? high : v;
}

EK_INLINE uint32_t ek_bits_of_f32(float v)
{
    uint32_t bits;
    EK_MEMCPY(&bits, &v, sizeof bits);
    return bits;
}

EK_INLINE float ek_f32_of_bits(uint32_t bits)
{
    float v;
    EK_MEMCPY(&v, &bits, sizeof v);
    return v;
}

EK_INLINE float ek_magnitude(float v)
{
    return ek_f32_of_bits(ek_bits_of_f32(v) & 0x7fffffffu);
}

/* sum + x[0] * w[0] + x[1] * w[1] + ... */
EK_INLINE float ek_dot_f32(const float *x, const float *w, int32_t k, float sum)
{
    for (int32_t i = 0; i < k; ++i) {
        sum += x[i] * w[i];
    }
    return sum;
}

/* ek_dot_f32 of 4 channels at once; w is [k][4], 4 channels interleaved. */
EK_INLINE void ek_dot_4_f32(const float *x, const float *w, int32_t k, float sums[4])
{
    float s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];

    for (int32_t i = 0; i < k; ++i, w += 4) {
        const float u = x[i];
        s0 += u * w[0];
        s1 += u * w[1];
        s2 += u * w[2];
        s3 += u * w[3];
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

#endif
