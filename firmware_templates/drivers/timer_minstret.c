/* SPDX-License-Identifier: MIT-0 */
/* The count of retired instructions of a RISC-V hart (RISC-V Privileged Architecture, 3.1.10), its low half. The
 * machine timer of the core-local interruptor at EK_TIMER_BASE wakes the core before that half wraps. */
#include "ek_config.h"
#include "system.h"
#include "timer.h"

#define MTIMECMP_LOW EK_REGISTER(EK_TIMER_BASE + 0x4000)
#define MTIMECMP_HIGH EK_REGISTER(EK_TIMER_BASE + 0x4004)
#define MTIME_LOW EK_REGISTER(EK_TIMER_BASE + 0xBFF8)
#define MTIME_HIGH EK_REGISTER(EK_TIMER_BASE + 0xBFFC)

#define WAKE_TICKS 10000000u /* of the machine timer, at 10 MHz: one second */
#define MIE_MACHINE_TIMER (1u << 7)

static uint64_t machine_time(void)
{
    uint32_t low, high;

    do {
        high = MTIME_HIGH;
        low = MTIME_LOW;
    } while (high != MTIME_HIGH);
    return (uint64_t)high << 32 | low;
}

void ek_timer_init(void)
{
    ek_timer_acknowledge();
    __asm__ volatile("csrs mie, %0" : : "r"(MIE_MACHINE_TIMER));
}

uint32_t ek_timer_ticks(void)
{
    uint32_t instructions;

    __asm__ volatile("csrr %0, minstret" : "=r"(instructions) : : "memory");
    return instructions;
}

void ek_timer_acknowledge(void)
{
    uint64_t wake = machine_time() + WAKE_TICKS;

    MTIMECMP_HIGH = 0xFFFFFFFFu; /* no request while the halves do not belong together */
    MTIMECMP_LOW = (uint32_t)wake;
    MTIMECMP_HIGH = (uint32_t)(wake >> 32);
}
