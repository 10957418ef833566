/* SPDX-License-Identifier: MIT-0 */
/* The UART of Arm's Cortex-M System Design Kit (Arm DDI 0479, chapter 4.3). */
#include "ek_config.h"
#include "system.h"
#include "uart.h"

#define DATA EK_REGISTER(EK_UART_BASE + 0x00)
#define STATE EK_REGISTER(EK_UART_BASE + 0x04)
#define CTRL EK_REGISTER(EK_UART_BASE + 0x08)
#define INTCLEAR EK_REGISTER(EK_UART_BASE + 0x0C)
#define BAUDDIV EK_REGISTER(EK_UART_BASE + 0x10)

#define STATE_TX_FULL 1u
#define STATE_RX_FULL 2u
#define CTRL_TX_ENABLE 1u
#define CTRL_RX_ENABLE 2u
#define CTRL_RX_INTERRUPT 8u
#define INT_RX 2u

void ek_uart_init(void)
{
    BAUDDIV = EK_UART_CLOCK_HZ / EK_UART_BAUD; /* at least 16 */
    CTRL = CTRL_TX_ENABLE | CTRL_RX_ENABLE | CTRL_RX_INTERRUPT;
    ek_interrupt_enable(EK_UART_IRQ);
    /* Drops a stale byte. It also wakes QEMU, which asks "may I send?" once, before the receiver was enabled, and would
     * not ask again. */
    (void)DATA;
}

int ek_uart_ready(void)
{
    return (STATE & STATE_RX_FULL) != 0;
}

uint8_t ek_uart_get(void)
{
    return (uint8_t)DATA;
}

void ek_uart_acknowledge(void)
{
    INTCLEAR = INT_RX;
    ek_interrupt_clear(EK_UART_IRQ);
}

void ek_uart_put(uint8_t byte)
{
    while ((STATE & STATE_TX_FULL) != 0) {
    }
    DATA = byte;
}

void ek_uart_flush(void)
{
    while ((STATE & STATE_TX_FULL) != 0) {
    }
    /* The last byte is now in the shift register: ten bits at EK_UART_BAUD. */
    for (volatile uint32_t left = EK_UART_CLOCK_HZ / EK_UART_BAUD * 10u; left > 0; left--) {
    }
}
