/* SPDX-License-Identifier: MIT-0 */
/* A 32-bit general-purpose timer of STM32, TIM2 or TIM5 (ST RM0090, chapter 18). Its clock must be on. */
#include "ek_config.h"
#include "system.h"
#include "timer.h"

#define CR1 EK_REGISTER(EK_TIMER_BASE + 0x00)
#define DIER EK_REGISTER(EK_TIMER_BASE + 0x0C)
#define SR EK_REGISTER(EK_TIMER_BASE + 0x10)
#define EGR EK_REGISTER(EK_TIMER_BASE + 0x14)
#define CNT EK_REGISTER(EK_TIMER_BASE + 0x24)
#define PSC EK_REGISTER(EK_TIMER_BASE + 0x28)
#define ARR EK_REGISTER(EK_TIMER_BASE + 0x2C)

#define CR1_ENABLE 1u
#define DIER_UPDATE 1u
#define EGR_UPDATE 1u

void ek_timer_init(void)
{
    CR1 = 0;
    PSC = 0;
    ARR = 0xFFFFFFFFu;
    EGR = EGR_UPDATE;  /* takes prescaler and period over */
    CNT = 0x80000000u; /* QEMU asks for an update some time after the wrap: from half-way on, some time before it */
    SR = 0;
    DIER = DIER_UPDATE;
    CR1 = CR1_ENABLE;
    ek_interrupt_enable(EK_TIMER_IRQ);
}

uint32_t ek_timer_ticks(void)
{
    return CNT;
}

void ek_timer_acknowledge(void)
{
    SR = 0;
    ek_interrupt_clear(EK_TIMER_IRQ);
}
