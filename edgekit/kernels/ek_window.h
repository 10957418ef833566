/* SPDX-License-Identifier: MIT-0 */
/* Which taps of a filter lie inside the input: padding is left out, not read. */
#ifndef EK_WINDOW_H
#define EK_WINDOW_H

#include <stdint.h>

#include "ek_compiler.h"

/* Taps [first, end) along one dimension. */
typedef struct {
    int32_t first;
    int32_t end;
} ek_taps;

/* Of `count` taps at start, start + step, ... those that lie inside [0, size). */
EK_INLINE ek_taps ek_taps_inside(int32_t start, int32_t count, int32_t step, int32_t size)
{
    ek_taps taps = {0, count};

    for (; taps.first < count && start < 0; ++taps.first) {
        start += step;
    }
    for (start += (count - 1 - taps.first) * step; taps.end > taps.first && start >= size; --taps.end) {
        start -= step;
    }
    return taps;
}

#endif
