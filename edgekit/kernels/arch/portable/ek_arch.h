/* SPDX-License-Identifier: MIT-0 */
/* Inner loops in plain C: the definition that every other ek_arch.h must match, bit for bit.
 *
 * Sums start at zero and stay far inside 32 bits for up to 2^17 products; whoever adds a bias lets it wrap.
 */
#ifndef EK_ARCH_H
#define EK_ARCH_H

#include <stdint.h>

#include "ek_compiler.h"

/* Copies n bytes, in words: runs are short, a call to memcpy would cost more. */
EK_INLINE void ek_copy_s8(int8_t *to, const int8_t *from, int32_t n)
{
    uint32_t word;

    for (; n >= 8; n -= 8, to += 8, from += 8) {
        EK_MEMCPY(&word, from, sizeof word);
        EK_MEMCPY(to, &word, sizeof word);
        EK_MEMCPY(&word, from + 4, sizeof word);
        EK_MEMCPY(to + 4, &word, sizeof word);
    }
    for (; n > 0; --n) {
        *to++ = *from++;
    }
}

/* Fills n bytes with `value`, in words. */
EK_INLINE void ek_fill_s8(int8_t *to, int32_t value, int32_t n)
{
    const uint32_t word = (uint32_t)(uint8_t)value * 0x01010101u;

    for (; n >= 8; n -= 8, to += 8) {
        EK_MEMCPY(to, &word, sizeof word);
        EK_MEMCPY(to + 4, &word, sizeof word);
    }
    for (; n > 0; --n) {
        *to++ = (int8_t)value;
    }
}

/* The dot product of one channel's weights with k inputs. */
EK_INLINE int32_t ek_dot_s8(const int8_t *x, const int8_t *w, int32_t k)
{
    int32_t sum = 0;
    for (int32_t i = 0; i < k; ++i) {
        sum += x[i] * w[i];
    }
    return sum;
}

/* One step of ek_dot_4x1_s8: input i against 4 channels. */
#define EK_STEP_4X1(i)            \
    do {                          \
        const int32_t u = x[i];   \
        s0 += u * w[4 * (i) + 0]; \
        s1 += u * w[4 * (i) + 1]; \
        s2 += u * w[4 * (i) + 2]; \
        s3 += u * w[4 * (i) + 3]; \
    } while (0)

/* sums[c] = dot product of channel c with k inputs; w is [k][4], 4 channels interleaved. */
EK_INLINE void ek_dot_4x1_s8(const int8_t *x, const int8_t *w, int32_t k, int32_t sums[4])
{
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (const int8_t *end = x + (k & ~3); x != end; x += 4, w += 16) {
        EK_STEP_4X1(0);
        EK_STEP_4X1(1);
        EK_STEP_4X1(2);
        EK_STEP_4X1(3);
    }
    for (const int8_t *end = x + (k & 3); x != end; x += 1, w += 4) {
        EK_STEP_4X1(0);
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

/* One step of ek_dot_4x2_s8: input i of two pixels against 4 channels. */
#define EK_STEP_4X2(i)                      \
    do {                                    \
        const int32_t u = x0[i], v = x1[i]; \
        int32_t weight = w[4 * (i) + 0];    \
        s0 += u * weight, t0 += v * weight; \
        weight = w[4 * (i) + 1];            \
        s1 += u * weight, t1 += v * weight; \
        weight = w[4 * (i) + 2];            \
        s2 += u * weight, t2 += v * weight; \
        weight = w[4 * (i) + 3];            \
        s3 += u * weight, t3 += v * weight; \
    } while (0)

/* Like ek_dot_4x1_s8 for two pixels at once: sums[c] for x0, sums[4 + c] for x1. */
EK_INLINE void ek_dot_4x2_s8(const int8_t *x0, const int8_t *x1, const int8_t *w, int32_t k, int32_t sums[8])
{
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    int32_t t0 = 0, t1 = 0, t2 = 0, t3 = 0;
    for (const int8_t *end = x0 + (k & ~3); x0 != end; x0 += 4, x1 += 4, w += 16) {
        EK_STEP_4X2(0);
        EK_STEP_4X2(1);
        EK_STEP_4X2(2);
        EK_STEP_4X2(3);
    }
    for (const int8_t *end = x0 + (k & 3); x0 != end; x0 += 1, x1 += 1, w += 4) {
        EK_STEP_4X2(0);
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
    sums[4] = t0, sums[5] = t1, sums[6] = t2, sums[7] = t3;
}

/* The dot product of one channel's weights [rows][columns] with a window of x, strides in bytes. */
EK_INLINE int32_t ek_dot_window_s8(const int8_t *x, int32_t row_stride, int32_t column_stride, const int8_t *w,
                                  int32_t rows, int32_t columns)
{
    int32_t sum = 0;
    for (; rows > 0; --rows, x += row_stride) {
        const int8_t *tap = x;
        for (int32_t column = 0; column < columns; ++column, tap += column_stride) {
            sum += *tap * *w++;
        }
    }
    return sum;
}

/* ek_dot_window_s8 of 3 x 3 weights. */
EK_INLINE int32_t ek_dot_window_3x3_s8(const int8_t *x, int32_t row_stride, int32_t column_stride, const int8_t *w)
{
    int32_t sum = x[0] * w[0];
    sum += x[column_stride] * w[1];
    sum += x[2 * column_stride] * w[2];
    x += row_stride;
    sum += x[0] * w[3];
    sum += x[column_stride] * w[4];
    sum += x[2 * column_stride] * w[5];
    x += row_stride;
    sum += x[0] * w[6];
    sum += x[column_stride] * w[7];
    sum += x[2 * column_stride] * w[8];
    return sum;
}

#endif
