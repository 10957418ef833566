/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel runner uses of <stdlib.h>, where no C library is installed. */
#ifndef BARE_STDLIB_H
#define BARE_STDLIB_H

#include <stddef.h>

void *malloc(size_t bytes);
void free(void *memory);
void exit(int status) __attribute__((noreturn));

#endif
