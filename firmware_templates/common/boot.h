/* SPDX-License-Identifier: MIT-0 */
/* The count of boots and why the next one happens, in RAM that start-up does not clear. */
#ifndef EK_BOOT_H
#define EK_BOOT_H

#include "system.h"

void ek_boot_begin(void);                           /* for ek_system_init() */
void ek_boot_announce(enum ek_reset_reason reason); /* for ek_system_reset() */

#endif
