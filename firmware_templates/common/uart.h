/* SPDX-License-Identifier: MIT-0 */
/* The serial port. One driver is linked, from drivers/. */
#ifndef EK_UART_H
#define EK_UART_H

#include <stdint.h>

void ek_uart_init(void);
int ek_uart_ready(void);       /* a received byte waits */
uint8_t ek_uart_get(void);     /* that byte; only after ek_uart_ready() */
void ek_uart_acknowledge(void); /* forget the interrupt that ended ek_system_idle(), not the byte */
void ek_uart_put(uint8_t byte); /* waits for room */
void ek_uart_flush(void);      /* waits until everything has left */

#endif
