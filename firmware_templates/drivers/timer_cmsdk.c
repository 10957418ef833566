/* SPDX-License-Identifier: MIT-0 */
/* The timer of Arm's Cortex-M System Design Kit (Arm DDI 0479, chapter 4.4): 32 bits, counting down. */
#include "ek_config.h"
#include "system.h"
#include "timer.h"

#define CTRL EK_REGISTER(EK_TIMER_BASE + 0x00)
#define VALUE EK_REGISTER(EK_TIMER_BASE + 0x04)
#define RELOAD EK_REGISTER(EK_TIMER_BASE + 0x08)
#define INTCLEAR EK_REGISTER(EK_TIMER_BASE + 0x0C)

#define CTRL_ENABLE 1u
#define CTRL_INTERRUPT 8u

void ek_timer_init(void)
{
    CTRL = 0;
    RELOAD = 0xFFFFFFFFu;
    VALUE = 0xFFFFFFFFu;
    INTCLEAR = 1;
    CTRL = CTRL_ENABLE | CTRL_INTERRUPT;
    ek_interrupt_enable(EK_TIMER_IRQ);
}

uint32_t ek_timer_ticks(void)
{
    return 0xFFFFFFFFu - VALUE;
}

void ek_timer_acknowledge(void)
{
    INTCLEAR = 1;
    ek_interrupt_clear(EK_TIMER_IRQ);
}
