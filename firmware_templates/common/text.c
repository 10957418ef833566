/* SPDX-License-Identifier: MIT-0 */
#include "text.h"

#include <string.h>

#include "crc32.h"
#include "uart.h"

static const char hex_digits[] = "0123456789abcdef";
static uint32_t sum;

void ek_put_sum_start(uint32_t crc)
{
    sum = crc;
}

uint32_t ek_put_sum(void)
{
    return sum;
}

static void put_byte(uint8_t byte)
{
    sum = ek_crc32_more(sum, &byte, 1);
    ek_uart_put(byte);
}

void ek_put(const char *text)
{
    while (*text != '\0') {
        put_byte((uint8_t)*text++);
    }
}

void ek_put_line(const char *text)
{
    ek_put(text);
    ek_put("\r\n");
}

void ek_put_u32(uint32_t value)
{
    char digits[11];
    int at = 10;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + value % 10u);
        value /= 10u;
    } while (value > 0);
    ek_put(digits + at);
}

void ek_put_u64(uint64_t value)
{
    char digits[21];
    int at = 20;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + (uint32_t)(value % 10u));
        value /= 10u;
    } while (value > 0);
    ek_put(digits + at);
}

void ek_put_hex32(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4) {
        put_byte((uint8_t)hex_digits[(value >> shift) & 15u]);
    }
}

void ek_put_hex(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put_byte((uint8_t)hex_digits[bytes[i] >> 4]);
        put_byte((uint8_t)hex_digits[bytes[i] & 15u]);
    }
}

void ek_put_fixed3(float value)
{
    uint32_t whole;
    uint32_t thousandths;

    if (value < 0.0f) {
        put_byte('-');
        value = -value;
    }
    if (!(value < 4000000000.0f)) { /* so written to catch a NaN as well */
        value = 4000000000.0f;
    }
    whole = (uint32_t)value;
    thousandths = (uint32_t)((value - (float)whole) * 1000.0f + 0.5f);
    if (thousandths == 1000u) {
        whole++;
        thousandths = 0;
    }
    ek_put_u32(whole);
    put_byte('.');
    put_byte((uint8_t)('0' + thousandths / 100u));
    put_byte((uint8_t)('0' + thousandths / 10u % 10u));
    put_byte((uint8_t)('0' + thousandths % 10u));
}

void ek_put_quoted(const char *text, size_t limit)
{
    for (size_t i = 0; text[i] != '\0' && i < limit; i++) {
        int printable = text[i] >= ' ' && text[i] <= '~';
        int ends_reply = strncmp(text + i, "m-ready", 7) == 0;
        put_byte(printable && !ends_reply ? (uint8_t)text[i] : (uint8_t)'?');
    }
}
