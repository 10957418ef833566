/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_MEAN_S8_H
#define EK_MEAN_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = the mean, or the sum, over some dimensions, brought to the output's scale.
 *
 * The dimensions that stay and those that are averaged are told apart; neighbours of one sort are joined, so two of
 * each are enough for a tensor of four dimensions.
 */
typedef struct {
    int32_t kept[2];            /* sizes of the dimensions that stay */
    int32_t kept_strides[2];    /* in elements of x */
    int32_t reduced[2];         /* sizes of the dimensions that are averaged */
    int32_t reduced_strides[2]; /* in elements of x */
    int32_t bias;               /* the input's zero point times the elements averaged, negated */
    int32_t output_zero_point;
    int32_t multiplier; /* a mean's division is part of it */
    int32_t shift;
} ek_mean;

void ek_mean_s8(const ek_mean *layer, const int8_t *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
