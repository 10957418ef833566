/* SPDX-License-Identifier: MIT-0 */
/* What the start-up code of a core family offers to the rest of the firmware. */
#ifndef EK_SYSTEM_H
#define EK_SYSTEM_H

#include <stddef.h>
#include <stdint.h>

#define EK_REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* Why the firmware started. Kept in RAM that start-up does not clear, so it outlives a restart but not a power cycle. */
enum ek_reset_reason {
    EK_RESET_POWER_ON = 0, /* RAM held nothing */
    EK_RESET_EXTERNAL = 1, /* reset pin, debugger, watchdog or emulator */
    EK_RESET_REQUEST = 2,  /* the command `ek reset` */
    EK_RESET_FAULT = 3     /* the fault handler, after its report */
};

/* Count this boot and find its reason. Call once, first. */
void ek_system_init(void);
uint32_t ek_boot_count(void);
enum ek_reset_reason ek_boot_reason(void);

/* Restart, leaving the reason to the next boot. */
void ek_system_reset(enum ek_reset_reason reason) __attribute__((noreturn));

/* Sleep until an enabled interrupt is pending. Interrupts stay masked: they wake the core, but no handler ever runs,
 * so nothing disturbs a measurement. */
void ek_system_idle(void);
void ek_interrupt_enable(int number);
void ek_interrupt_clear(int number);

/* The stack is painted at start-up; its peak is what has been overwritten since. */
uint32_t ek_stack_peak_bytes(void);
uint32_t ek_stack_bytes(void);
/* .data and .bss with the arena, without the stack. */
uint32_t ek_static_ram_bytes(void);

/* RAM behind everything that is linked, up to the end of the board's RAM. */
uint8_t *ek_spare_ram(size_t *bytes);

#endif
