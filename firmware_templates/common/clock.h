/* SPDX-License-Identifier: MIT-0 */
/* Time since boot in 64 bits, extended from the timer. The clock must be read at least once in every wrap of the
 * timer: the idle loop does, woken by the wrap, and so does every measurement between two inferences. A single
 * inference may last up to two wraps. */
#ifndef EK_CLOCK_H
#define EK_CLOCK_H

#include <stdint.h>

uint64_t ek_clock_ticks(void);
uint64_t ek_clock_microseconds(void);

/* Ticks that one call of `work` takes, the timer read just before and just after; *status is what it returned. Measured
 * on a function that does nothing, it is the constant to subtract. */
uint64_t ek_clock_measure(int (*work)(void), int *status);

#endif
