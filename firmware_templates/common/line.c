/* SPDX-License-Identifier: MIT-0 */
#include "line.h"

#include <stdint.h>

#include "clock.h"
#include "ek_config.h"
#include "system.h"
#include "timer.h"
#include "uart.h"

static char buffer[EK_LINE_BYTES];

static char next_character(void)
{
    while (!ek_uart_ready()) {
        ek_system_idle();
        ek_uart_acknowledge();
        ek_timer_acknowledge();
        (void)ek_clock_ticks(); /* the timer may have wrapped while nothing happened */
    }
    return (char)ek_uart_get();
}

static int is_blank(char character)
{
    return character == ' ' || character == '\r' || character == '\n';
}

struct ek_line ek_line_read(void)
{
    struct ek_line line = {buffer, 0};
    size_t length = 0;
    char character;

    while ((character = next_character()) != '%') {
        if (length == 0 && is_blank(character)) {
            continue;
        }
        if (length == sizeof buffer - 1) {
            line.overlong = 1;
        } else {
            buffer[length++] = character != '\0' ? character : '?';
        }
    }
    while (length > 0 && is_blank(buffer[length - 1])) {
        length--;
    }
    buffer[length] = '\0';
    return line;
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
