/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_VARIABLE_S8_H
#define EK_VARIABLE_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A variable is read or assigned to. */
typedef struct {
    int32_t bytes;
} ek_variable;

/* Copies all bytes; `from` and `to` lie apart. */
void ek_variable_s8(const ek_variable *layer, const int8_t *from, int8_t *to);

#ifdef __cplusplus
}
#endif

#endif
