/* SPDX-License-Identifier: MIT-0 */
/* A system timer of Arm's SSE-300 (Arm 101773): the low half of a 64-bit counter that all system timers share. */
#include "ek_config.h"
#include "system.h"
#include "timer.h"

#define COUNT_LOW EK_REGISTER(EK_TIMER_BASE + 0x00)
#define CONTROL EK_REGISTER(EK_TIMER_BASE + 0x2C)
#define AUTO_RELOAD EK_REGISTER(EK_TIMER_BASE + 0x48)
#define AUTO_CONTROL EK_REGISTER(EK_TIMER_BASE + 0x4C)
#define COUNTER_CONTROL EK_REGISTER(EK_TIMER_BASE + 0x100000) /* control frame of the counter */

#define ENABLE 1u /* in all three; AUTO_CONTROL's bit 1, written as 0, takes its interrupt back */

void ek_timer_init(void)
{
    COUNTER_CONTROL = ENABLE;
    CONTROL = 0;
    AUTO_CONTROL = 0;
    AUTO_RELOAD = 0x7FFFFFFFu; /* an interrupt at least once in every wrap of the low half */
    AUTO_CONTROL = ENABLE;
    CONTROL = ENABLE;
    ek_interrupt_enable(EK_TIMER_IRQ);
}

uint32_t ek_timer_ticks(void)
{
    return COUNT_LOW;
}

void ek_timer_acknowledge(void)
{
    AUTO_CONTROL = ENABLE;
    ek_interrupt_clear(EK_TIMER_IRQ);
}
