/* SPDX-License-Identifier: MIT-0 */
/* A free-running timer that counts up modulo 2^EK_TIMER_BITS at EK_TIMER_HZ. One driver is linked, from drivers/. */
#ifndef EK_TIMER_H
#define EK_TIMER_H

#include <stdint.h>

void ek_timer_init(void);
uint32_t ek_timer_ticks(void);
void ek_timer_acknowledge(void); /* forget the interrupt of a wrap, which ended ek_system_idle() */

#endif
