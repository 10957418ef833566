/* SPDX-License-Identifier: MIT-0 */
#include "line.h"

#include <stdint.h>

#include "clock.h"
#include "ek_config.h"
#include "system.h"
#include "timer.h"
#include "uart.h"

static char buffer[EK_LINE_BYTES];
static size_t length;
static int overlong;

uint8_t ek_line_byte(void)
{
    while (!ek_uart_ready()) {
        ek_system_idle();
        ek_uart_acknowledge();
        ek_timer_acknowledge();
        (void)ek_clock_ticks(); /* the timer may have wrapped while nothing happened */
    }
    return ek_uart_get();
}

uint8_t *ek_line_buffer(void)
{
    return (uint8_t *)buffer;
}

static int is_blank(char character)
{
    return character == ' ' || character == '\r' || character == '\n';
}

void ek_line_begin(void)
{
    length = 0;
    overlong = 0;
}

int ek_line_add(char character)
{
    if (character == '%') {
        return 1;
    }
    if (length == 0 && is_blank(character)) {
        return 0;
    }
    if (length == sizeof buffer - 1) {
        overlong = 1;
    } else {
        buffer[length++] = character != '\0' ? character : '?';
    }
    return 0;
}

struct ek_line ek_line_end(void)
{
    struct ek_line line = {buffer, overlong};

    while (length > 0 && is_blank(buffer[length - 1])) {
        length--;
    }
    buffer[length] = '\0';
    return line;
}

struct ek_line ek_line_read(void)
{
    ek_line_begin();
    while (!ek_line_add((char)ek_line_byte())) {
    }
    return ek_line_end();
}

char *ek_line_word(char **text)
{
    char *word;

    while (**text == ' ') {
        (*text)++;
    }
    word = *text;
    while (**text != ' ' && **text != '\0') {
        (*text)++;
    }
    if (**text == ' ') {
        *(*text)++ = '\0';
    }
    return word;
}

long ek_line_number(const char *word)
{
    uint32_t value = 0;

    if (*word == '\0') {
        return -1;
    }
    for (; *word != '\0'; word++) {
        uint32_t digit = (uint32_t)(*word - '0');
        if (digit > 9u || value > (0x7FFFFFFFu - digit) / 10u) {
            return -1;
        }
        value = value * 10u + digit;
    }
    return (long)value;
}

int ek_line_hex(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

int ek_line_hex32(const char *word, uint32_t *value)
{
    int digits = 0;

    *value = 0;
    for (; ek_line_hex(*word) >= 0; word++, digits++) {
        *value = *value << 4 | (uint32_t)ek_line_hex(*word);
    }
    return digits == 8 && *word == '\0';
}
