/* SPDX-License-Identifier: MIT-0 */
#include "system.h"

#define PAINT 0xC5C5C5C5u
#define MAGIC 0x656B6974u /* the record below is no chance content of RAM */

#define NVIC_ISER(number) EK_REGISTER(0xE000E100u + 4u * ((uint32_t)(number) / 32u))
#define NVIC_ICPR(number) EK_REGISTER(0xE000E280u + 4u * ((uint32_t)(number) / 32u))
#define AIRCR EK_REGISTER(0xE000ED0Cu)
#define AIRCR_RESET 0x05FA0004u

#define MPU_TYPE EK_REGISTER(0xE000ED90u)
#define MPU_TYPE_REGIONS 0xFF00u
#define MPU_CTRL EK_REGISTER(0xE000ED94u)
#define MPU_CTRL_ENABLE 1u
#define MPU_CTRL_DEFAULT_MAP 4u /* where no region says otherwise */
#define MPU_RNR EK_REGISTER(0xE000ED98u)
#define MPU_RBAR EK_REGISTER(0xE000ED9Cu)
#define MPU_RASR EK_REGISTER(0xE000EDA0u)
#define MPU_RASR_ENABLE 1u
#define MPU_RASR_NO_EXECUTE (1u << 28) /* and no access: AP = 0 */
#define GUARD_BYTES 0x100000u

extern uint32_t ek_stack_top[], ek_stack_limit[], ek_data_start[], ek_data_end[], ek_bss_start[], ek_bss_end[];
extern uint32_t ek_noinit_start[], ek_noinit_end[];
extern uint8_t ek_ram_end[];

static struct {
    uint32_t magic;
    uint32_t boots;
    uint32_t next_reason;
} record __attribute__((section(".noinit")));

static enum ek_reset_reason reason;

/* Below RAM may lie memory that takes writes or swallows them in silence: forbid it, so that a stack overflow faults. A
 * core without an ARMv7-M memory protection unit relies on the bus alone. */
static void guard_stack(void)
{
#if __ARM_ARCH == 7
    uint32_t ram = (uint32_t)(uintptr_t)ek_stack_limit;
    uint32_t alignment = ram & (0u - ram);
    uint32_t size = alignment < GUARD_BYTES ? alignment : GUARD_BYTES;

    if ((MPU_TYPE & MPU_TYPE_REGIONS) == 0 || size < 32u) {
        return;
    }
    MPU_RNR = 0;
    MPU_RBAR = ram - size;
    MPU_RASR = MPU_RASR_NO_EXECUTE | ((30u - (uint32_t)__builtin_clz(size)) << 1) | MPU_RASR_ENABLE;
    MPU_CTRL = MPU_CTRL_DEFAULT_MAP | MPU_CTRL_ENABLE;
    __asm__ volatile("dsb\nisb" ::: "memory");
#endif
}

void ek_system_init(void)
{
    guard_stack();
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
