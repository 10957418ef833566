/* SPDX-License-Identifier: MIT-0 */
/* Inner loops of the portable kernels for cores with the DSP extension: two products in one instruction. They take what
 * no kernel of this folder takes. The definition is arch/portable/ek_arch.h. */
#ifndef EK_ARCH_H
#define EK_ARCH_H

#include <stdint.h>

#include "ek_compiler.h"
#include "ek_dsp.h"

/* Copies n bytes, in words: runs are short, a call to memcpy would cost more. */
EK_INLINE void ek_copy_s8(int8_t *to, const int8_t *from, int32_t n)
{
    for (; n >= 8; n -= 8, to += 8, from += 8) {
        const uint32_t a = ek_load_4(from), b = ek_load_4(from + 4);
        EK_MEMCPY(to, &a, sizeof a);
        EK_MEMCPY(to + 4, &b, sizeof b);
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

/* sum + the products of 4 bytes. */
EK_INLINE int32_t ek_dot_bytes(uint32_t a, uint32_t b, int32_t sum)
{
    sum = ek_dot_halves(ek_even_bytes(a), ek_even_bytes(b), sum);
    return ek_dot_halves(ek_odd_bytes(a), ek_odd_bytes(b), sum);
}

/* The dot product of one channel's weights with k inputs. */
EK_INLINE int32_t ek_dot_s8(const int8_t *x, const int8_t *w, int32_t k)
{
    int32_t sum = 0;
    for (; k >= 8; k -= 8, x += 8, w += 8) {
        sum = ek_dot_bytes(ek_load_4(x), ek_load_4(w), sum);
        sum = ek_dot_bytes(ek_load_4(x + 4), ek_load_4(w + 4), sum);
    }
    for (; k > 0; --k) {
        sum += *x++ * *w++;
    }
    return sum;
}

/* Two inputs as the halves of a word. */
EK_INLINE uint32_t ek_two_inputs(const int8_t *x)
{
    return (uint32_t)(x[0] & 0xffff) | (uint32_t)x[1] << 16;
}

/* The weights of channels 0 and 1 (`low`) or 2 and 3 for two inputs, as pairs before sign extension. */
EK_INLINE uint32_t ek_two_weights(uint32_t first, uint32_t second, int low)
{
    return low ? (first & 0xffff) | second << 16 : first >> 16 | (second & 0xffff0000u);
}

/* sums[c] = dot product of channel c with k inputs; w is [k][4], 4 channels interleaved. */
EK_INLINE void ek_dot_4x1_s8(const int8_t *x, const int8_t *w, int32_t k, int32_t sums[4])
{
    int32_t s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    for (const int8_t *end = x + (k & ~1); x != end; x += 2, w += 8) {
        const uint32_t u = ek_two_inputs(x);
        const uint32_t first = ek_load_4(w), second = ek_load_4(w + 4);
        const uint32_t low = ek_two_weights(first, second, 1), high = ek_two_weights(first, second, 0);
        s0 = ek_dot_halves(u, ek_even_bytes(low), s0);
        s1 = ek_dot_halves(u, ek_odd_bytes(low), s1);
        s2 = ek_dot_halves(u, ek_even_bytes(high), s2);
        s3 = ek_dot_halves(u, ek_odd_bytes(high), s3);
    }
    if (k & 1) {
        s0 += x[0] * w[0], s1 += x[0] * w[1], s2 += x[0] * w[2], s3 += x[0] * w[3];
    }
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

/* Like ek_dot_4x1_s8 for two pixels at once: sums[c] for x0, sums[4 + c] for x1. */
EK_INLINE void ek_dot_4x2_s8(const int8_t *x0, const int8_t *x1, const int8_t *w, int32_t k, int32_t sums[8])
{
    ek_dot_4x1_s8(x0, w, k, sums);
    ek_dot_4x1_s8(x1, w, k, sums + 4);
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
    return ek_dot_window_s8(x, row_stride, column_stride, w, 3, 3);
}

#endif
