/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_REDUCE_MAX_S8_H
#define EK_REDUCE_MAX_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = the largest element over some dimensions, with the scale of x. The dimensions are told apart as for ek_mean. */
typedef struct {
    int32_t kept[2];            /* sizes of the dimensions that stay */
    int32_t kept_strides[2];    /* in elements of x */
    int32_t reduced[2];         /* sizes of the dimensions that are searched */
    int32_t reduced_strides[2]; /* in elements of x */
} ek_reduce_max;

void ek_reduce_max_s8(const ek_reduce_max *layer, const int8_t *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
