/* SPDX-License-Identifier: MIT-0 */
#include "system.h"

#include "boot.h"
#include "machine.h"

#define GUARD_BYTES 0x100000u
#define PMP_READ_EXECUTE 0x05u
#define PMP_POWER_OF_TWO 0x18u
#define PMP_LOCKED 0x80u /* holds in machine mode too, until the next reset */

extern uint32_t ek_stack_limit[];

/* Below the stack lies the memory of the code, which may take writes: forbid them, so that a stack overflow traps.
 * A hart without physical memory protection traps here instead: that is passed over, and then nothing guards. */
static void guard_stack(void)
{
    uint32_t ram = (uint32_t)(uintptr_t)ek_stack_limit;
    uint32_t alignment = ram & (0u - ram);
    uint32_t size = alignment < GUARD_BYTES ? alignment : GUARD_BYTES;
    uint32_t handler;

    if (size < 8u) {
        return;
    }
    __asm__ volatile("la %0, 1f\n"
                     "csrrw %0, mtvec, %0\n"
                     "csrw pmpaddr0, %1\n"
                     "csrw pmpcfg0, %2\n"
                     ".balign 4\n"
                     "1: csrw mtvec, %0\n"
                     : "=&r"(handler)
                     : "r"(((ram - size) >> 2) | ((size >> 3) - 1u)),
                       "r"(PMP_READ_EXECUTE | PMP_POWER_OF_TWO | PMP_LOCKED)
                     : "memory");
}

void ek_system_init(void)
{
    guard_stack();
    ek_boot_begin();
}

void ek_system_reset(enum ek_reset_reason why)
{
    ek_boot_announce(why);
    __asm__ volatile("fence" ::: "memory");
    ek_machine_reset();
}

/* Wakes for interrupts that mie lets through, though mstatus keeps them from being taken. */
void ek_system_idle(void)
{
    __asm__ volatile("wfi" ::: "memory");
}
