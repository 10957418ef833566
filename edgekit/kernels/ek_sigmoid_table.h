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

#endif
