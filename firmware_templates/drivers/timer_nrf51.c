/* SPDX-License-Identifier: MIT-0 */
/* TIMER0 of Nordic's nRF51, the one with 32 bits (nRF51 Series Reference Manual 3.0, chapter 18), at full speed. */
#include "ek_config.h"
#include "system.h"
#include "timer.h"

#define START EK_REGISTER(EK_TIMER_BASE + 0x000)
#define STOP EK_REGISTER(EK_TIMER_BASE + 0x004)
#define CLEAR EK_REGISTER(EK_TIMER_BASE + 0x00C)
#define CAPTURE_0 EK_REGISTER(EK_TIMER_BASE + 0x040)
#define COMPARE_1 EK_REGISTER(EK_TIMER_BASE + 0x144)
#define INTERRUPT_SET EK_REGISTER(EK_TIMER_BASE + 0x304)
#define MODE EK_REGISTER(EK_TIMER_BASE + 0x504)
#define BITMODE EK_REGISTER(EK_TIMER_BASE + 0x508)
#define PRESCALER EK_REGISTER(EK_TIMER_BASE + 0x510)
#define CC_0 EK_REGISTER(EK_TIMER_BASE + 0x540)
#define CC_1 EK_REGISTER(EK_TIMER_BASE + 0x544)

#define BITMODE_32 3u
#define INTERRUPT_COMPARE_1 (1u << 17)

void ek_timer_init(void)
{
    STOP = 1;
    MODE = 0;
    BITMODE = BITMODE_32;
    PRESCALER = 0;
    CLEAR = 1;
    CC_1 = 0; /* met when the counter wraps */
    COMPARE_1 = 0;
    INTERRUPT_SET = INTERRUPT_COMPARE_1;
    START = 1;
    ek_interrupt_enable(EK_TIMER_IRQ);
}

uint32_t ek_timer_ticks(void)
{
    CAPTURE_0 = 1;
    return CC_0;
}

void ek_timer_acknowledge(void)
{
    COMPARE_1 = 0;
    ek_interrupt_clear(EK_TIMER_IRQ);
}
