/* SPDX-License-Identifier: MIT-0 */
/* Reports a fault over the wire and restarts. The line is an error line of the device protocol:
 *
 *     e-[fault exc=3 pc=000001a4 lr=00000195 sp=200003f8 psr=61000000 r0=00000000 cfsr=00008200 hfsr=40000000 bfar=...]
 *
 * All values are hexadecimal. pc, lr, psr and r0 come from the frame that the core pushed; after a stack overflow there
 * is none and the line says stack=overflow in their place. */
#include "system.h"
#include "text.h"
#include "uart.h"

extern uint32_t ek_stack_top[], ek_stack_limit[];

void ek_fault_handler(void);
void ek_fault_report(const uint32_t *frame) __attribute__((noreturn, used));

#if __ARM_ARCH >= 7
#define CFSR EK_REGISTER(0xE000ED28u)
#define HFSR EK_REGISTER(0xE000ED2Cu)
#define BFAR EK_REGISTER(0xE000ED38u)
#endif
#if __ARM_ARCH >= 8
#define CFSR_STACK_LIMIT (1u << 20)
#endif

/* Takes the whole stack anew before it calls C: after an overflow the old pointer is no good. */
__attribute__((naked)) void ek_fault_handler(void)
{
    __asm__ volatile("movs r2, #4\n"
                     "mov r1, lr\n"
                     "tst r1, r2\n"
                     "bne 1f\n"
                     "mrs r0, msp\n"
                     "b 2f\n"
                     "1: mrs r0, psp\n"
                     "2: ldr r3, =ek_stack_top\n"
                     "mov sp, r3\n"
                     "ldr r3, =ek_fault_report\n"
                     "bx r3\n"
                     ".ltorg\n");
}

static void put_register(const char *name, uint32_t value)
{
    ek_put(name);
    ek_put_hex32(value);
}

void ek_fault_report(const uint32_t *frame)
{
    uint32_t exception;
    uint32_t saved[8] = {0};
    uintptr_t sp = (uintptr_t)frame;
    int whole = sp >= (uintptr_t)ek_stack_limit && sp + sizeof saved <= (uintptr_t)ek_stack_top && (sp & 3u) == 0;

    __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
#if __ARM_ARCH >= 8
    whole = whole && (CFSR & CFSR_STACK_LIMIT) == 0; /* the core pushed no frame across its limit */
#endif
    for (int i = 0; whole && i < 8; i++) {
        saved[i] = frame[i]; /* r0 r1 r2 r3 r12 lr pc psr */
    }
    ek_put("\r\ne-[fault exc=");
    ek_put_u32(exception);
    if (whole) {
        put_register(" pc=", saved[6]);
        put_register(" lr=", saved[5]);
        put_register(" psr=", saved[7]);
        put_register(" r0=", saved[0]);
    } else {
        ek_put(" stack=overflow");
    }
    put_register(" sp=", (uint32_t)sp);
#if __ARM_ARCH >= 7
    put_register(" cfsr=", CFSR);
    put_register(" hfsr=", HFSR);
    put_register(" bfar=", BFAR);
#endif
    ek_put("]\r\n");
    ek_uart_flush();
    ek_system_reset(EK_RESET_FAULT);
}
