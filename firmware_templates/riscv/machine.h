/* SPDX-License-Identifier: MIT-0 */
/* What differs from one RISC-V machine to the next. */
#ifndef EK_MACHINE_H
#define EK_MACHINE_H

void ek_machine_reset(void) __attribute__((noreturn));

#endif
