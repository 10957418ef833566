/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_REDUCE_MAX_F32_H
#define EK_REDUCE_MAX_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = the largest number along some dimensions. */
typedef struct {
    int32_t kept[2];            /* sizes of the dimensions that stay */
    int32_t kept_strides[2];    /* in elements of x */
    int32_t reduced[2];         /* sizes of the dimensions that go */
    int32_t reduced_strides[2]; /* in elements of x */
} ek_reduce_max_layer_f32;

void ek_reduce_max_f32(const ek_reduce_max_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
