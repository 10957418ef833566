/* SPDX-License-Identifier: MIT-0 */
/* Sums of 4 neighbouring channels over a window, two in a register. */
#ifndef EK_SUM_DSP_H
#define EK_SUM_DSP_H

#include "ek_dsp.h"

/* Sums of int8 that surely fit 16 bits. */
#define EK_SUM_DSP_LONGEST 255

/* sums[i] = sum of channel i over `rows` x `columns` pixels; strides in bytes. */
static inline void ek_sum_4_dsp(const int8_t *x, int32_t rows, int32_t row_stride, int32_t columns,
                                int32_t column_stride, int32_t sums[4])
{
    uint32_t even = 0, odd = 0;
    int32_t left = EK_SUM_DSP_LONGEST;

    sums[0] = sums[1] = sums[2] = sums[3] = 0;
    for (; rows > 0; --rows, x += row_stride) {
        const int8_t *pixel = x;
        for (int32_t todo = columns; todo > 0;) {
            int32_t now = todo < left ? todo : left;
            todo -= now;
            left -= now;
            for (; now > 0; --now, pixel += column_stride) {
                const uint32_t word = ek_load_4(pixel);
                even = ek_add_even_bytes(even, word);
                odd = ek_add_odd_bytes(odd, word);
            }
            if (left == 0 || (rows == 1 && todo == 0)) {
                sums[0] += (int16_t)(even & 0xffff);
                sums[1] += (int16_t)(odd & 0xffff);
                sums[2] += (int16_t)(even >> 16);
                sums[3] += (int16_t)(odd >> 16);
                even = odd = 0;
                left = EK_SUM_DSP_LONGEST;
            }
        }
    }
}

#endif
