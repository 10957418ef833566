/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_MEAN_F32_H
#define EK_MEAN_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = the sum over some dimensions, in the order of memory, divided by `divisor`. */
typedef struct {
    int32_t kept[2];            /* sizes of the dimensions that stay */
    int32_t kept_strides[2];    /* in elements of x */
    int32_t reduced[2];         /* sizes of the dimensions that go */
    int32_t reduced_strides[2]; /* in elements of x */
    float divisor;              /* how many elements a mean takes, 1 for a sum */
} ek_mean_layer_f32;

void ek_mean_f32(const ek_mean_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
