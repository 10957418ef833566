/* SPDX-License-Identifier: MIT-0 */
#include "pulse.h"

#include <stdint.h>

#include "clock.h"
#include "ek_config.h"
#include "system.h"

#define EK_PULSE_US 100u /* twice the longest noise filter that power monitors have by default */

#ifdef EK_ENERGY

static void wait(uint64_t microseconds)
{
    uint64_t start = ek_clock_ticks();
    uint64_t ticks = microseconds * EK_TIMER_HZ / 1000000u;

    while (ek_clock_ticks() - start < ticks) {
    }
}

void ek_pulse_init(void)
{
    EK_PULSE_SETUP;
    EK_PULSE_HIGH;
}

void ek_pulse(void)
{
    EK_PULSE_LOW;
    wait(EK_PULSE_US);
    EK_PULSE_HIGH;
}

void ek_pulse_wait(unsigned milliseconds)
{
    wait((uint64_t)milliseconds * 1000u);
}

#else

void ek_pulse_init(void)
{
}

void ek_pulse(void)
{
}

void ek_pulse_wait(unsigned milliseconds)
{
    (void)milliseconds;
}

#endif
