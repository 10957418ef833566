/* SPDX-License-Identifier: MIT-0 */
/* The UART of Nordic's nRF51 (nRF51 Series Reference Manual 3.0, chapter 29). Its pins must have been chosen. */
#include "ek_config.h"
#include "system.h"
#include "uart.h"

#define START_RX EK_REGISTER(EK_UART_BASE + 0x000)
#define START_TX EK_REGISTER(EK_UART_BASE + 0x008)
#define RX_READY EK_REGISTER(EK_UART_BASE + 0x108)
#define TX_READY EK_REGISTER(EK_UART_BASE + 0x11C)
#define INTERRUPT_SET EK_REGISTER(EK_UART_BASE + 0x304)
#define ENABLE EK_REGISTER(EK_UART_BASE + 0x500)
#define RXD EK_REGISTER(EK_UART_BASE + 0x518)
#define TXD EK_REGISTER(EK_UART_BASE + 0x51C)
#define BAUDRATE EK_REGISTER(EK_UART_BASE + 0x524)

#define ENABLE_ON 4u
#define INTERRUPT_RX_READY (1u << 2)

void ek_uart_init(void)
{
    /* In units of clock / 2^32, of which the hardware takes the upper 20 bits. */
    BAUDRATE = (uint32_t)((((uint64_t)EK_UART_BAUD << 32) / EK_UART_CLOCK_HZ + 0x800u) & 0xFFFFF000u);
    ENABLE = ENABLE_ON;
    RX_READY = 0;
    INTERRUPT_SET = INTERRUPT_RX_READY;
    START_TX = 1;
    START_RX = 1;
    ek_interrupt_enable(EK_UART_IRQ);
}

int ek_uart_ready(void)
{
    return RX_READY != 0;
}

uint8_t ek_uart_get(void)
{
    RX_READY = 0; /* before the read: that may bring up the next byte of the FIFO */
    return (uint8_t)RXD;
}

void ek_uart_acknowledge(void)
{
    ek_interrupt_clear(EK_UART_IRQ);
}

void ek_uart_put(uint8_t byte)
{
    TX_READY = 0;
    TXD = byte;
    while (TX_READY == 0) {
    }
}

void ek_uart_flush(void)
{
    /* ek_uart_put() waits until its byte has left. */
}
