/* SPDX-License-Identifier: MIT-0 */
/* Bytes on their way from the host into a buffer: `db load N`, then `db HH...` as often as it takes. */
#ifndef EK_LOADER_H
#define EK_LOADER_H

#include <stddef.h>

#define EK_LOADER_ADAPTER (-1)

/* Expect `count` bytes into input `target` of the model, or into the adapter's buffer. */
void ek_loader_start(int target, size_t count);
/* Append hexadecimal digits; answers what there is to say. */
void ek_loader_append(const char *digits);
/* The lines of `db print`. */
void ek_loader_print(void);

#endif
