/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_PAD_S8_H
#define EK_PAD_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x with `value` around it. */
typedef struct {
    int32_t input[5];  /* sizes of x, outermost first */
    int32_t output[5]; /* sizes of y */
    int32_t before[5]; /* elements of y before x begins, in each dimension */
    int32_t value;
} ek_pad;

void ek_pad_s8(const ek_pad *layer, const int8_t *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
