/* SPDX-License-Identifier: MIT-0 */
/* What the gates of an LSTM do to its cell: the same in every arithmetic. */
#ifndef EK_LSTM_H
#define EK_LSTM_H

#include <stdint.h>

#include "ek_math.h"

enum { EK_LSTM_INPUT, EK_LSTM_FORGET, EK_LSTM_CELL, EK_LSTM_OUTPUT };

/* 15 fractional bits of products of two such numbers, or of one and a cell: x * 2^-15, rounded twice. */
enum { EK_LSTM_HALF = 1 << 30, EK_LSTM_BY_15 = -14 };

EK_INLINE int32_t ek_lstm_clamp(int32_t v)
{
    return ek_clamp(v, INT16_MIN, INT16_MAX);
}

/* Where a gate stands in the table: its sums over the input and over the last output, 12 fractional bits each. */
EK_INLINE int32_t ek_lstm_place(int32_t input, int32_t before)
{
    return 3 * ek_lstm_clamp(ek_lstm_clamp(input) + ek_lstm_clamp(before));
}

/* The cell after one step. `learned`: input gate times cell gate, brought to the cell by multiplier and shift; the cell
 * stays between `limit` and its negative; 0: no limit. */
EK_INLINE int32_t ek_lstm_next_cell(int32_t cell, int32_t forget, int32_t learned, int32_t multiplier, int32_t shift,
                                    int32_t limit)
{
    const int32_t kept = ek_lstm_clamp(ek_rescale(forget * cell, EK_LSTM_HALF, EK_LSTM_BY_15));
    const int32_t added = ek_lstm_clamp(ek_rescale(learned, multiplier, shift));
    const int32_t sum = ek_lstm_clamp(kept + added);
    return limit > 0 ? ek_clamp(sum, -limit, limit) : sum;
}

#endif
