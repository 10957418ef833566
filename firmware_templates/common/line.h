/* SPDX-License-Identifier: MIT-0 */
/* Commands as they arrive: characters up to a '%'. */
#ifndef EK_LINE_H
#define EK_LINE_H

#include <stddef.h>
#include <stdint.h>

struct ek_line {
    char *text;   /* ends with '\0'; without leading and trailing blanks, CR and LF */
    int overlong; /* more than EK_LINE_BYTES - 1 characters came; the rest was dropped */
};

/* Wait, asleep, for the next byte. */
uint8_t ek_line_byte(void);

/* Wait, asleep, for the next command. */
struct ek_line ek_line_read(void);

/* The same by pieces: begin a command, add a character (1: it was the '%' that ends it), cut it off. */
void ek_line_begin(void);
int ek_line_add(char character);
struct ek_line ek_line_end(void);

/* The buffer of EK_LINE_BYTES that commands are gathered in; free between two commands. */
uint8_t *ek_line_buffer(void);

/* Cut the next word off *text; an empty word at the end. */
char *ek_line_word(char **text);

/* A decimal number without sign, up to 2^31 - 1; -1 where `word` is anything else. */
long ek_line_number(const char *word);

/* Eight hexadecimal digits; 0 where `word` is anything else. */
int ek_line_hex32(const char *word, uint32_t *value);
/* The value of one hexadecimal digit, -1 where it is none. */
int ek_line_hex(char digit);

#endif
