/* SPDX-License-Identifier: MIT-0 */
#include "clock.h"

#include "ek_config.h"
#include "timer.h"

#define WRAP ((uint64_t)1 << EK_TIMER_BITS)

static uint64_t wraps; /* in ticks */
static uint32_t last;

uint64_t ek_clock_ticks(void)
{
    uint32_t now = ek_timer_ticks();
    if (now < last) {
        wraps += WRAP;
    }
    last = now;
    return wraps + now;
}

uint64_t ek_clock_microseconds(void)
{
    uint64_t ticks = ek_clock_ticks();
    uint64_t seconds = ticks / EK_TIMER_HZ;
    uint64_t rest = ticks % EK_TIMER_HZ; /* keeps the product below 2^52 */
    return seconds * 1000000u + rest * 1000000u / EK_TIMER_HZ;
}

uint64_t ek_clock_measure(int (*work)(void), int *status)
{
    uint64_t before = ek_clock_ticks();
    uint32_t start = ek_timer_ticks();
    *status = work();
    uint32_t stop = ek_timer_ticks();
    uint64_t around = ek_clock_ticks() - before;
    uint32_t ticks = (stop - start) & (uint32_t)(WRAP - 1);
    return ((around - ticks) & ~(WRAP - 1)) + ticks; /* the whole wraps, which only the 64-bit clock saw */
}
