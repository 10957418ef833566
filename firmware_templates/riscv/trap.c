/* SPDX-License-Identifier: MIT-0 */
/* Reports a trap over the wire and restarts. The line is an error line of the device protocol:
 *
 *     e-[fault exc=7 pc=800001a4 lr=80000195 sp=804003f0 mtval=9ffffff0]
 *
 * exc is mcause in decimal, all else is hexadecimal; lr is register ra. When the stack pointer has left the stack, the
 * line says stack=overflow in place of pc and lr. */
#include "system.h"
#include "text.h"
#include "uart.h"

extern uint32_t ek_stack_top[], ek_stack_limit[];

void ek_trap_handler(void);
void ek_trap_report(uint32_t ra, uint32_t sp) __attribute__((noreturn, used));

/* Takes the whole stack anew before it calls C: after an overflow the old pointer is no good. */
__attribute__((naked, aligned(4))) void ek_trap_handler(void)
{
    __asm__ volatile("mv a0, ra\n"
                     "mv a1, sp\n"
                     "la sp, ek_stack_top\n"
                     "tail ek_trap_report\n");
}

static void put_register(const char *name, uint32_t value)
{
    ek_put(name);
    ek_put_hex32(value);
}

void ek_trap_report(uint32_t ra, uint32_t sp)
{
    uint32_t cause, pc, value;

    __asm__ volatile("csrr %0, mcause" : "=r"(cause));
    __asm__ volatile("csrr %0, mepc" : "=r"(pc));
    __asm__ volatile("csrr %0, mtval" : "=r"(value));
    ek_put("\r\ne-[fault exc=");
    ek_put_u32(cause);
    if (sp >= (uintptr_t)ek_stack_limit && sp <= (uintptr_t)ek_stack_top) {
        put_register(" pc=", pc);
        put_register(" lr=", ra);
    } else {
        ek_put(" stack=overflow");
    }
    put_register(" sp=", sp);
    put_register(" mtval=", value);
    ek_put("]\r\n");
    ek_uart_flush();
    ek_system_reset(EK_RESET_FAULT);
}
