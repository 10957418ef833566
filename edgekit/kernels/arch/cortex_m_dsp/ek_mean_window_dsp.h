/* SPDX-License-Identifier: MIT-0 */
/* Rounded means of 4 channels of a window at a time, in assembly: two sums of 16 bits in a register, and no division.
 *
 * A mean rounded half away from zero is floor((sum + half) / count), half being one less for negative sums where count
 * is even. The upper half of (multiplier * (sum + half) >> 16) + addend is that quotient: multiplier is 2^32 / count
 * rounded up, which is off by less than 1 there, and so is what the shift drops; addend, half of the 2^16 / count from
 * one quotient to the next, is more, and keeps exact quotients from falling short.
 */
#ifndef EK_MEAN_WINDOW_DSP_H
#define EK_MEAN_WINDOW_DSP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* So many int8 values and half of them have a sum that fits 16 bits. */
#define EK_MEAN_LONGEST 254

/* The assembly reads the fields by their offsets. */
typedef struct {
    int32_t rows;          /* at least 1 */
    int32_t gap;           /* bytes from behind the columns of a row to the next row */
    int32_t columns;       /* at least 1; rows * columns is 2 to EK_MEAN_LONGEST */
    int32_t column_stride; /* bytes */
    uint32_t half;         /* twice: for sums that are not negative */
    uint32_t less;         /* twice: for negative ones */
    int32_t multiplier;
    int32_t addend;
} ek_mean_window_dsp;

/* `channels` is a multiple of 4 and above 0. */
void ek_mean_4_dsp(const ek_mean_window_dsp *window, const int8_t *x, int32_t channels, int8_t *y);

/* Sets what `count` values are divided by. */
static inline void ek_divide_by_dsp(ek_mean_window_dsp *window, int32_t count)
{
    const uint32_t half = (uint32_t)count >> 1;

    window->half = half * 0x10001u;
    window->less = (half - (uint32_t)(1 - (count & 1))) * 0x10001u;
    /* 2^32 / 2 has no room; one less is as good. */
    window->multiplier = count == 2 ? INT32_MAX : (int32_t)(0xffffffffu / (uint32_t)count + 1);
    window->addend = 0x8000 / count;
}

#ifdef __cplusplus
}
#endif

#endif
