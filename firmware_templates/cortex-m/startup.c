/* SPDX-License-Identifier: MIT-0 */
/* From reset to main() on a Cortex-M. */
#include "system.h"

extern uint32_t ek_stack_top[], ek_stack_limit[];
extern uint32_t ek_data_load[], ek_data_start[], ek_data_end[], ek_bss_start[], ek_bss_end[];

int main(void);
void ek_reset_handler(void);
void ek_fault_handler(void);
void ek_start(void) __attribute__((noreturn, used));

union vector {
    uint32_t *stack;
    void (*handler)(void);
};

/* Interrupts stay masked from the first instruction, so the table needs the core's own exceptions alone. */
__attribute__((section(".vectors"), used)) static const union vector vectors[16] = {
    {.stack = ek_stack_top},       /* initial stack pointer */
    {.handler = ek_reset_handler}, /* reset */
    {.handler = ek_fault_handler}, /* NMI */
    {.handler = ek_fault_handler}, /* HardFault */
    {.handler = ek_fault_handler}, /* MemManage */
    {.handler = ek_fault_handler}, /* BusFault */
    {.handler = ek_fault_handler}, /* UsageFault */
    {.handler = ek_fault_handler}, /* SecureFault */
    {.handler = 0},
    {.handler = 0},
    {.handler = 0},
    {.handler = ek_fault_handler}, /* SVCall */
    {.handler = ek_fault_handler}, /* DebugMonitor */
    {.handler = 0},
    {.handler = ek_fault_handler}, /* PendSV */
    {.handler = ek_fault_handler}, /* SysTick */
};

/* Sets the stack pointer itself, so that a bootloader may jump here, and paints the stack before anything uses it. */
__attribute__((naked)) void ek_reset_handler(void)
{
    __asm__ volatile("cpsid i\n"
                     "ldr r0, =ek_stack_top\n"
                     "mov sp, r0\n"
                     "ldr r1, =ek_stack_limit\n"
                     "ldr r2, =0xC5C5C5C5\n"
                     "1: cmp r1, r0\n"
                     "bhs 2f\n"
                     "str r2, [r1]\n"
                     "adds r1, r1, #4\n"
                     "b 1b\n"
                     "2: ldr r3, =ek_start\n"
                     "bx r3\n"
                     ".ltorg\n");
}

void ek_start(void)
{
#if __ARM_ARCH >= 7 || defined(__ARM_ARCH_8M_BASE__)
    EK_REGISTER(0xE000ED08) = (uint32_t)(uintptr_t)vectors; /* VTOR */
#endif
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    EK_REGISTER(0xE000ED88) |= 0xFu << 20; /* CPACR: full access to the FPU */
    __asm__ volatile("dsb\nisb" ::: "memory");
#endif
    const uint32_t *load = ek_data_load;
    for (uint32_t *word = ek_data_start; word < ek_data_end; word++) {
        *word = *load++;
    }
    for (uint32_t *word = ek_bss_start; word < ek_bss_end; word++) {
        *word = 0;
    }
    main();
    ek_system_reset(EK_RESET_REQUEST); /* main() does not return */
}
