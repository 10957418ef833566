/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_STRIDED_COPY_S8_H
#define EK_STRIDED_COPY_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = the elements of x that nested loops of equal steps lead to: transposed, sliced, repeated, rearranged. */
typedef struct {
    int32_t shape[5];   /* rounds of each loop, outermost first */
    int32_t strides[5]; /* elements of x from one round to the next, may be negative */
    int32_t first;      /* element of x to begin with */
    int32_t run;        /* elements copied in each round of the innermost loop, side by side in x and in y */
} ek_strided_copy;

void ek_strided_copy_s8(const ek_strided_copy *layer, const int8_t *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
