/* SPDX-License-Identifier: MIT-0 */
/* Commands as they arrive: characters up to a '%'. */
#ifndef EK_LINE_H
#define EK_LINE_H

#include <stddef.h>

struct ek_line {
    char *text;   /* ends with '\0'; without leading and trailing blanks, CR and LF */
    int overlong; /* more than EK_LINE_BYTES - 1 characters came; the rest was dropped */
};

/* Wait, asleep, for the next command. */
struct ek_line ek_line_read(void);

/* Cut the next word off *text; an empty word at the end. */
char *ek_line_word(char **text);

/* A decimal number without sign, up to 2^31 - 1; -1 where `word` is anything else. */
long ek_line_number(const char *word);

#endif
