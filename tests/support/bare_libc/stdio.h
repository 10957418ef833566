/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel runner uses of <stdio.h>, where no C library is installed. */
#ifndef BARE_STDIO_H
#define BARE_STDIO_H

#include <stddef.h>

enum { stdin, stdout, stderr };

size_t fread(void *to, size_t size, size_t count, int file);
size_t fwrite(const void *from, size_t size, size_t count, int file);
int fprintf(int file, const char *format, const char *text);
int fflush(int file);
int feof(int file);

#endif
