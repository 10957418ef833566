/* SPDX-License-Identifier: MIT-0 */
/* What lies where in RAM, by the symbols of the linker script. */
#include "system.h"

#define PAINT 0xC5C5C5C5u /* what start-up fills the stack with */

extern uint32_t ek_stack_top[], ek_stack_limit[], ek_data_start[], ek_data_end[], ek_bss_start[], ek_bss_end[];
extern uint32_t ek_noinit_start[], ek_noinit_end[];
extern uint8_t ek_ram_end[];

uint32_t ek_stack_peak_bytes(void)
{
    const uint32_t *word = ek_stack_limit;
    while (word < ek_stack_top && *word == PAINT) {
        word++;
    }
    return (uint32_t)((uintptr_t)ek_stack_top - (uintptr_t)word);
}

uint32_t ek_stack_bytes(void)
{
    return (uint32_t)((uintptr_t)ek_stack_top - (uintptr_t)ek_stack_limit);
}

uint32_t ek_static_ram_bytes(void)
{
    return (uint32_t)((uintptr_t)ek_data_end - (uintptr_t)ek_data_start + (uintptr_t)ek_bss_end -
                      (uintptr_t)ek_bss_start + (uintptr_t)ek_noinit_end - (uintptr_t)ek_noinit_start);
}

uint8_t *ek_spare_ram(size_t *bytes)
{
    *bytes = (size_t)((uintptr_t)ek_ram_end - (uintptr_t)ek_noinit_end);
    return (uint8_t *)ek_noinit_end;
}
