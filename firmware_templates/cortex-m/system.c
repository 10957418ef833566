/* SPDX-License-Identifier: MIT-0 */
#include "system.h"

#define PAINT 0xC5C5C5C5u
#define MAGIC 0x656B6974u /* the record below is no chance content of RAM */

#define NVIC_ISER(number) EK_REGISTER(0xE000E100u + 4u * ((uint32_t)(number) / 32u))
#define NVIC_ICPR(number) EK_REGISTER(0xE000E280u + 4u * ((uint32_t)(number) / 32u))
#define AIRCR EK_REGISTER(0xE000ED0Cu)
#define AIRCR_RESET 0x05FA0004u

extern uint32_t ek_stack_top[], ek_stack_limit[], ek_data_start[], ek_data_end[], ek_bss_start[], ek_bss_end[];
extern uint32_t ek_noinit_start[], ek_noinit_end[];
extern uint8_t ek_ram_end[];

static struct {
    uint32_t magic;
    uint32_t boots;
    uint32_t next_reason;
} record __attribute__((section(".noinit")));

static enum ek_reset_reason reason;

void ek_system_init(void)
{
    if (record.magic != MAGIC || record.next_reason > EK_RESET_FAULT) {
        record.magic = MAGIC;
        record.boots = 0;
        record.next_reason = EK_RESET_POWER_ON;
    }
    record.boots++;
    reason = (enum ek_reset_reason)record.next_reason;
    record.next_reason = EK_RESET_EXTERNAL; /* what a restart is that nobody announces */
}

uint32_t ek_boot_count(void)
{
    return record.boots;
}

enum ek_reset_reason ek_boot_reason(void)
{
    return reason;
}

void ek_system_reset(enum ek_reset_reason why)
{
    record.magic = MAGIC;
    record.next_reason = why;
    __asm__ volatile("dsb" ::: "memory");
    AIRCR = AIRCR_RESET;
    __asm__ volatile("dsb" ::: "memory");
    for (;;) {
    }
}

void ek_system_idle(void)
{
    __asm__ volatile("wfi" ::: "memory");
}

void ek_interrupt_enable(int number)
{
    NVIC_ISER(number) = 1u << ((uint32_t)number % 32u);
}

void ek_interrupt_clear(int number)
{
    NVIC_ICPR(number) = 1u << ((uint32_t)number % 32u);
}

uint32_t ek_stack_peak_bytes(void)
{
    const uint32_t *word = ek_stack_limit;
    while (word < ek_stack_top && *word == PAINT) {
        word++;
    }
    return (uint32_t)((uintptr_t)ek_stack_top - (uintptr_t)word);
}

uint32_t ek_stack_bytes(void)
{
    return (uint32_t)((uintptr_t)ek_stack_top - (uintptr_t)ek_stack_limit);
}

uint32_t ek_static_ram_bytes(void)
{
    return (uint32_t)((uintptr_t)ek_data_end - (uintptr_t)ek_data_start + (uintptr_t)ek_bss_end -
                      (uintptr_t)ek_bss_start + (uintptr_t)ek_noinit_end - (uintptr_t)ek_noinit_start);
}

uint8_t *ek_spare_ram(size_t *bytes)
{
    *bytes = (size_t)((uintptr_t)ek_ram_end - (uintptr_t)ek_noinit_end);
    return (uint8_t *)ek_noinit_end;
}
