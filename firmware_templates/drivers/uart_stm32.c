/* SPDX-License-Identifier: MIT-0 */
/* The USART of STM32F1, F2 and F4 (ST RM0090, chapter 30). Its clock and its pins must be on. */
#include "ek_config.h"
#include "system.h"
#include "uart.h"

#define SR EK_REGISTER(EK_UART_BASE + 0x00)
#define DR EK_REGISTER(EK_UART_BASE + 0x04)
#define BRR EK_REGISTER(EK_UART_BASE + 0x08)
#define CR1 EK_REGISTER(EK_UART_BASE + 0x0C)

#define SR_RX_FULL (1u << 5)
#define SR_TX_COMPLETE (1u << 6)
#define SR_TX_EMPTY (1u << 7)
#define CR1_RX_ENABLE (1u << 2)
#define CR1_TX_ENABLE (1u << 3)
#define CR1_RX_INTERRUPT (1u << 5)
#define CR1_ENABLE (1u << 13)

void ek_uart_init(void)
{
    CR1 = 0;
    BRR = (EK_UART_CLOCK_HZ + EK_UART_BAUD / 2u) / EK_UART_BAUD;
    CR1 = CR1_ENABLE | CR1_TX_ENABLE | CR1_RX_ENABLE | CR1_RX_INTERRUPT;
    ek_interrupt_enable(EK_UART_IRQ);
    (void)DR; /* drops a stale byte */
}

int ek_uart_ready(void)
{
    return (SR & SR_RX_FULL) != 0;
}

uint8_t ek_uart_get(void)
{
    return (uint8_t)DR;
}

void ek_uart_acknowledge(void)
{
    ek_interrupt_clear(EK_UART_IRQ); /* reading the byte takes the request back */
}

void ek_uart_put(uint8_t byte)
{
    while ((SR & SR_TX_EMPTY) == 0) {
    }
    DR = byte;
}

void ek_uart_flush(void)
{
    while ((SR & SR_TX_COMPLETE) == 0) {
    }
}
