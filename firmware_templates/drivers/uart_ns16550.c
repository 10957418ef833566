/* SPDX-License-Identifier: MIT-0 */
/* A 16550 UART with registers one byte apart (National Semiconductor PC16550D). */
#include "ek_config.h"
#include "system.h"
#include "uart.h"

#define REGISTER(offset) (*(volatile uint8_t *)(uintptr_t)(EK_UART_BASE + (offset)))
#define DATA REGISTER(0)
#define DIVISOR_LOW REGISTER(0)
#define DIVISOR_HIGH REGISTER(1)
#define INTERRUPT_ENABLE REGISTER(1)
#define FIFO_CONTROL REGISTER(2)
#define LINE_CONTROL REGISTER(3)
#define LINE_STATUS REGISTER(5)

#define INTERRUPT_RX 1u
#define FIFO_ON_AND_EMPTY 7u
#define LINE_8N1 3u
#define LINE_DIVISOR 0x80u
#define STATUS_RX_FULL 0x01u
#define STATUS_TX_ROOM 0x20u
#define STATUS_TX_DONE 0x40u

void ek_uart_init(void)
{
    const uint32_t divisor = (EK_UART_CLOCK_HZ + 8u * EK_UART_BAUD) / (16u * EK_UART_BAUD);

    LINE_CONTROL = LINE_8N1 | LINE_DIVISOR;
    DIVISOR_LOW = (uint8_t)divisor;
    DIVISOR_HIGH = (uint8_t)(divisor >> 8);
    LINE_CONTROL = LINE_8N1;
    FIFO_CONTROL = FIFO_ON_AND_EMPTY;
    INTERRUPT_ENABLE = INTERRUPT_RX;
    ek_interrupt_enable(EK_UART_IRQ);
}

int ek_uart_ready(void)
{
    return (LINE_STATUS & STATUS_RX_FULL) != 0;
}

uint8_t ek_uart_get(void)
{
    return DATA;
}

void ek_uart_acknowledge(void)
{
    ek_interrupt_clear(EK_UART_IRQ); /* reading the last byte takes the request back */
}

void ek_uart_put(uint8_t byte)
{
    while ((LINE_STATUS & STATUS_TX_ROOM) == 0) {
    }
    DATA = byte;
}

void ek_uart_flush(void)
{
    while ((LINE_STATUS & STATUS_TX_DONE) == 0) {
    }
}
