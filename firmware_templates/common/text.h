/* SPDX-License-Identifier: MIT-0 */
/* Text to the serial port, without printf: a formatted print costs more flash than the rest of the firmware. */
#ifndef EK_TEXT_H
#define EK_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 of every byte put since the start, continuing `crc`. */
void ek_put_sum_start(uint32_t crc);
uint32_t ek_put_sum(void);

void ek_put(const char *text);
void ek_put_line(const char *text); /* and CR LF */
void ek_put_u32(uint32_t value);
void ek_put_u64(uint64_t value);
void ek_put_hex32(uint32_t value); /* eight digits, lower case */
void ek_put_hex(const uint8_t *bytes, size_t count);
void ek_put_fixed3(float value); /* three decimals, rounded; magnitudes beyond 4e9 are clamped */
/* Bytes from the host: what is not printable becomes '?', and so does any part that would end the reply. */
void ek_put_quoted(const char *text, size_t limit);

#endif
