/* SPDX-License-Identifier: MIT-0 */
#include "system.h"

#include "boot.h"

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

extern uint32_t ek_stack_limit[];

/* Below RAM may lie memory that takes writes or swallows them in silence: forbid it, so that a stack overflow faults.
 * Armv8-M checks the stack pointer itself, Armv7-M has a memory protection unit; an Armv6-M core relies on the bus. */
static void guard_stack(void)
{
#if __ARM_ARCH >= 8
    __asm__ volatile("msr msplim, %0" : : "r"(ek_stack_limit));
#elif __ARM_ARCH == 7
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
    ek_boot_begin();
}

void ek_system_reset(enum ek_reset_reason why)
{
    ek_boot_announce(why);
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
