/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_CRC32_H
#define EK_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 as in Ethernet and zlib (reflected polynomial 0xEDB88320). */
uint32_t ek_crc32(const uint8_t *bytes, size_t count);

/* The same over bytes that come piece by piece: `crc` is 0 at first, then what the call before returned. */
uint32_t ek_crc32_more(uint32_t crc, const uint8_t *bytes, size_t count);

#endif
