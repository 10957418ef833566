/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_COPY_ROWS_S8_H
#define EK_COPY_ROWS_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Copies n bytes. `to` may lie before `from` and reach into it. */
void ek_copy_rows_s8(const int8_t *from, int8_t *to, int32_t n);

#ifdef __cplusplus
}
#endif

#endif
