/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_SOFTMAX_S8_H
#define EK_SOFTMAX_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = softmax(x) along the last dimension, with scale 1/256 and zero point -128. */
typedef struct {
    int32_t rows;
    int32_t depth;
    int32_t table_size;
    /* exp(-d * scale) in 31 fractional bits for d = 0 ... table_size - 1, d the distance to the row's maximum; beyond
     * the table it is 0. */
    const int32_t *exp_table;
} ek_softmax;

/* x [rows][depth], y [rows][depth] */
void ek_softmax_s8(const ek_softmax *layer, const int8_t *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
