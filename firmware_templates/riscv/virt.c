/* SPDX-License-Identifier: MIT-0 */
/* The machine "virt" of QEMU: its interrupt controller (RISC-V PLIC specification 1.0.0) and its test device. */
#include "machine.h"
#include "system.h"

#define PLIC_PRIORITY(number) EK_REGISTER(0x0C000000u + 4u * (uint32_t)(number))
#define PLIC_ENABLE(number) EK_REGISTER(0x0C002000u + 4u * ((uint32_t)(number) / 32u)) /* hart 0, machine mode */
#define PLIC_THRESHOLD EK_REGISTER(0x0C200000u)
#define PLIC_CLAIM EK_REGISTER(0x0C200004u)
#define MIE_MACHINE_EXTERNAL (1u << 11)

#define TEST_DEVICE EK_REGISTER(0x00100000u)
#define TEST_DEVICE_RESET 0x7777u

void ek_interrupt_enable(int number)
{
    PLIC_PRIORITY(number) = 1;
    PLIC_ENABLE(number) |= 1u << ((uint32_t)number % 32u);
    PLIC_THRESHOLD = 0;
    __asm__ volatile("csrs mie, %0" : : "r"(MIE_MACHINE_EXTERNAL));
}

void ek_interrupt_clear(int number)
{
    uint32_t claimed = PLIC_CLAIM; /* of the only interrupt that is enabled */

    (void)number;
    if (claimed != 0) {
        PLIC_CLAIM = claimed;
    }
}

void ek_machine_reset(void)
{
    TEST_DEVICE = TEST_DEVICE_RESET;
    for (;;) {
    }
}
