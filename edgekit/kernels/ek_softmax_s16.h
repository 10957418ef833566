/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_SOFTMAX_S16_H
#define EK_SOFTMAX_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = softmax(beta x) over the last dimension; 1.0 is 2^15. */
typedef struct {
    int32_t rows;
    int32_t depth;
    int32_t multiplier; /* beta times the input's scale, to steps of the exponential table */
    int32_t shift;
    const int16_t *exp_table;        /* [513]: exp from -10 to 0 */
    const int16_t *reciprocal_table; /* [513]: 1 / (1 + x) from 0 to 1 */
} ek_softmax_layer_s16;

/* x and y [rows][depth]; y may be x. */
void ek_softmax_s16(const ek_softmax_layer_s16 *layer, const int16_t *x, int16_t *y);

#ifdef __cplusplus
}
#endif

#endif
