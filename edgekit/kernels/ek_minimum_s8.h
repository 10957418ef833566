/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_MINIMUM_S8_H
#define EK_MINIMUM_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = the smaller of a and b, the three with one scale. */
typedef struct {
    int32_t shape[5];     /* of y, outermost first */
    int32_t a_strides[5]; /* in elements; 0 where a is broadcast */
    int32_t b_strides[5];
} ek_minimum;

void ek_minimum_s8(const ek_minimum *layer, const int8_t *a, const int8_t *b, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
