/* SPDX-License-Identifier: MIT-0 */
/* The logistic function and tanh of fixed-point numbers, interpolated in a table. */
#ifndef EK_SIGMOID_H
#define EK_SIGMOID_H

#include <stdint.h>

#include "ek_compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 1 / (1 + exp(-i / 24)), 16 fractional bits. */
extern const uint16_t ek_sigmoid_table[256];

/* The table at magnitude / 2^bits, with `bits` more fractional bits; at its end, `most`. */
EK_INLINE int32_t ek_sigmoid_between(int32_t magnitude, int32_t bits, int32_t most)
{
    const int32_t i = magnitude >> bits;

    if (i >= 255) {
        return most;
    }
    const int32_t low = ek_sigmoid_table[i];
    return (low << bits) + (magnitude & ((1 << bits) - 1)) * (ek_sigmoid_table[i + 1] - low);
}

/* 1 / (1 + exp(-v)), 15 fractional bits, for 3 * v with 12 of them. */
EK_INLINE int32_t ek_logistic_s16(int32_t v)
{
    const int32_t y = ek_sigmoid_between(v < 0 ? -v : v, 9, 0x7fff << 10);
    return (v >= 0 ? y + (1 << 9) : (1 << 25) - y + (1 << 9) - 1) >> 10;
}

/* tanh(v), 15 fractional bits, for 3 * v with 12 of them. */
EK_INLINE int32_t ek_tanh_s16(int32_t v)
{
    const int32_t y = ek_sigmoid_between(v < 0 ? -v : v, 8, 0xffff << 8) - (1 << 23);
    return (v >= 0 ? y + (1 << 7) : -y + (1 << 7) - 1) >> 8;
}

#ifdef __cplusplus
}
#endif

#endif
