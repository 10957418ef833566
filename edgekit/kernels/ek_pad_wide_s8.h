/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_PAD_WIDE_S8_H
#define EK_PAD_WIDE_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x with a value of several bytes around it; all sizes are in bytes. */
typedef struct {
    int32_t input[5];  /* sizes of x, outermost first */
    int32_t output[5]; /* sizes of y */
    int32_t before[5]; /* bytes of y before x begins, in each dimension */
    int32_t value_bytes;
    const int8_t *value;
} ek_pad_wide;

void ek_pad_wide_s8(const ek_pad_wide *layer, const int8_t *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
