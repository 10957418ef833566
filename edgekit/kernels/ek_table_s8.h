/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_TABLE_S8_H
#define EK_TABLE_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = table[x]: every function of one int8. */
typedef struct {
    int32_t elements;
    const int8_t *table; /* the results for -128 ... 127 */
} ek_table;

void ek_table_s8(const ek_table *layer, const int8_t *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
