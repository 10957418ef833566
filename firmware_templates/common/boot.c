/* SPDX-License-Identifier: MIT-0 */
#include "boot.h"

#define MAGIC 0x656B6974u /* the record below is no chance content of RAM */

static struct {
    uint32_t magic;
    uint32_t boots;
    uint32_t next_reason;
} record __attribute__((section(".noinit")));

static enum ek_reset_reason reason;

void ek_boot_begin(void)
{
    if (record.magic != MAGIC || record.next_reason > EK_RESET_FAULT) {
        record.magic = MAGIC;
        record.boots = 0;
        record.next_reason = EK_RESET_POWER_ON;
    }
    record.boots++;
    reason = (enum ek_reset_reason)record.next_reason;
    record.next_reason = EK_RESET_EXTERNAL; /* what a restart is that nobody announces */
}

void ek_boot_announce(enum ek_reset_reason why)
{
    record.magic = MAGIC;
    record.next_reason = why;
}

uint32_t ek_boot_count(void)
{
    return record.boots;
}

enum ek_reset_reason ek_boot_reason(void)
{
    return reason;
}
