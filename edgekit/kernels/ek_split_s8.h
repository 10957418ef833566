/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_SPLIT_S8_H
#define EK_SPLIT_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Several outputs: x, cut along one dimension. */
typedef struct {
    int32_t outer;       /* elements of x's dimensions before the cut one */
    int32_t parts;       /* outputs */
    const int32_t *runs; /* [parts]: bytes of each output that lie side by side in x */
} ek_split;

void ek_split_s8(const ek_split *layer, const int8_t *x, int8_t *const *y);

#ifdef __cplusplus
}
#endif

#endif
