/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_MEAN_S16_H
#define EK_MEAN_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = the mean over some dimensions, of up to 2^15 elements, brought to the output's scale.
 *
 * The dimensions that stay and those that are averaged are told apart; neighbours of one sort are joined, so two of
 * each are enough for a tensor of four dimensions.
 */
typedef struct {
    int32_t kept[2];            /* sizes of the dimensions that stay */
    int32_t kept_strides[2];    /* in elements of x */
    int32_t reduced[2];         /* sizes of the dimensions that are averaged */
    int32_t reduced_strides[2]; /* in elements of x */
    int32_t multiplier; /* the division is part of it */
    int32_t shift;
} ek_mean_layer_s16;

void ek_mean_s16(const ek_mean_layer_s16 *layer, const int16_t *x, int16_t *y);

#ifdef __cplusplus
}
#endif

#endif
