/* SPDX-License-Identifier: MIT-0 */
/* From reset to main() on a RISC-V hart in machine mode. */
#include "system.h"

extern uint32_t ek_data_load[], ek_data_start[], ek_data_end[], ek_bss_start[], ek_bss_end[];

int main(void);
void ek_reset_handler(void);
void ek_start(void) __attribute__((noreturn, used));

/* Interrupts stay masked from the first instruction: mstatus.MIE is off. The stack is painted before anything uses
 * it. The first code of the image, because a hart starts at its first address. */
__attribute__((naked, section(".vectors"), used)) void ek_reset_handler(void)
{
    __asm__ volatile("csrci mstatus, 8\n"
                     "csrw mie, zero\n"
                     ".option push\n"
                     ".option norelax\n"
                     "la gp, __global_pointer$\n"
                     ".option pop\n"
                     "la t0, ek_trap_handler\n"
                     "csrw mtvec, t0\n"
                     "la sp, ek_stack_top\n"
                     "la t0, ek_stack_limit\n"
                     "li t1, 0xC5C5C5C5\n"
                     "1: bgeu t0, sp, 2f\n"
                     "sw t1, 0(t0)\n"
                     "addi t0, t0, 4\n"
                     "j 1b\n"
                     "2: tail ek_start\n");
}

void ek_start(void)
{
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
