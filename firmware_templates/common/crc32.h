/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_CRC32_H
#define EK_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* CRC-32 as in Ethernet and zlib (reflected polynomial 0xEDB88320). */
uint32_t ek_crc32(const uint8_t *bytes, size_t count);

#endif
