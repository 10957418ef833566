/* SPDX-License-Identifier: MIT-0 */
/* Rounded means of 8 channels of a window at a time, in assembly: sums of 16 bits, and no division.
 *
 * With u = 2 * sum + count, one less where sum is negative and count even, a mean rounded half away from zero is
 * floor(u / (2 * count)). It is taken as floor(u * multiplier / 2^32) with multiplier = 2^31 / count, rounded up, which
 * adds less than |u| / 2^32. |u| is below 2^17, so this stays below the 1 / (2 * count) that part a quotient from the
 * next integer; and where u is a multiple of 2 * count it is not negative.
 */
#ifndef EK_MEAN_HELIUM_H
#define EK_MEAN_HELIUM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* So many int8 values have a sum that fits 16 bits. */
#define EK_MEAN_LONGEST 255

/* The assembly reads the fields by their offsets. */
typedef struct {
    int32_t rows;          /* at least 1 */
    int32_t gap;           /* bytes from behind the columns of a row to the next row */
    int32_t columns;       /* at least 1; rows * columns is up to EK_MEAN_LONGEST */
    int32_t column_stride; /* bytes */
    int32_t count;
    int32_t even;       /* 1 where count is even, else 0 */
    int32_t multiplier; /* ek_mean_multiplier(count) */
    int32_t act_min;    /* fused activation */
    int32_t act_max;
} ek_mean_window_helium;

void ek_mean_window_s8_helium(const ek_mean_window_helium *window, const int8_t *x, int32_t channels, int8_t *y);

static inline int32_t ek_mean_multiplier(int32_t count)
{
    /* 2^31 / 1 has no room; one less is as good. */
    return count == 1 ? INT32_MAX : (int32_t)((0x80000000u + (uint32_t)count - 1) / (uint32_t)count);
}

#ifdef __cplusplus
}
#endif

#endif
