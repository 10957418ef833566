/* SPDX-License-Identifier: MIT-0 */
/* The timestamp pin of the energy-mode build: idle high, a falling edge marks a moment. */
#ifndef EK_PULSE_H
#define EK_PULSE_H

/* Set the pin up, high. */
void ek_pulse_init(void);
/* Pull it low for EK_PULSE_US and let it go. */
void ek_pulse(void);
/* Do nothing for so long. */
void ek_pulse_wait(unsigned milliseconds);

#endif
