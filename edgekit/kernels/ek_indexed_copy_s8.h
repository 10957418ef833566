/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_INDEXED_COPY_S8_H
#define EK_INDEXED_COPY_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[i][j][k] = x[a[i] + b[j] + c[k]], runs of elements: rows and columns in any order, and as often as wanted. */
typedef struct {
    int32_t shape[3];       /* of y, outermost first, in runs */
    int32_t run;            /* elements side by side in x and in y */
    const int32_t *offsets; /* a, then b, then c: elements of x */
} ek_indexed_copy;

void ek_indexed_copy_s8(const ek_indexed_copy *layer, const int8_t *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
