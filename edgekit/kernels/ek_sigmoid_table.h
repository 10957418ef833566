/* SPDX-License-Identifier: MIT-0 */
/* The logistic function between the entries of a table, for int16. */
#ifndef EK_SIGMOID_TABLE_H
#define EK_SIGMOID_TABLE_H

#include <stdint.h>

#include "ek_compiler.h"

/* x * multiplier / 2^shift, rounded: where x stands in the table. */
EK_INLINE int32_t ek_table_place(int32_t x, int32_t multiplier, int32_t shift)
{
    return (x * multiplier + (shift > 0 ? 1 << (shift - 1) : 0)) >> shift;
}

/* table[place / 2^bits] with 16 + bits fractional bits; place / 2^bits < 255. */
EK_INLINE int32_t ek_interpolated(const uint16_t *table, int32_t place, int32_t bits)
{
    const uint16_t *entry = table + (place >> bits);
    return (entry[0] << bits) + (place & ((1 << bits) - 1)) * (entry[1] - entry[0]);
}

/* 1 / (1 + exp(-v)), 15 fractional bits, for the place of v: 3 * v with 12 of them. */
EK_INLINE int32_t ek_logistic_at(const uint16_t *table, int32_t place)
{
    const int32_t magnitude = place < 0 ? -place : place;
    const int32_t v = magnitude >> 9 < 255 ? ek_interpolated(table, magnitude, 9) : 0x7fff << 10;
    return (place < 0 ? (1 << 25) - v + (1 << 9) - 1 : v + (1 << 9)) >> 10;
}

/* tanh(v), 15 fractional bits, for the place of v. */
EK_INLINE int32_t ek_tanh_at(const uint16_t *table, int32_t place)
{
    const int32_t magnitude = place < 0 ? -place : place;
    const int32_t v = magnitude >> 8 < 255 ? ek_interpolated(table, magnitude, 8) : 0xffff << 8;
    return (place < 0 ? (1 << 23) - v + (1 << 7) - 1 : v - (1 << 23) + (1 << 7)) >> 8;
}

#endif
