/* SPDX-License-Identifier: MIT-0 */
/* Where an input lies inside its padded output. */
#ifndef EK_PADDING_H
#define EK_PADDING_H

#include <stdint.h>

#include "ek_arch.h"

/* Sizes of five dimensions, outermost first; the input begins `before` elements into the output. */
typedef struct {
    const int32_t *input;
    const int32_t *output;
    const int32_t *before;
} ek_padding;

EK_INLINE int ek_is_inside(const ek_padding *padding, int dimension, int32_t index)
{
    const int32_t at = index - padding->before[dimension];
    return at >= 0 && at < padding->input[dimension];
}

/* The three inner dimensions; returns the end of what it read of x. */
static inline const int8_t *ek_put_block(const ek_padding *padding, const int8_t *x, int8_t *y)
{
    const int32_t run = padding->input[4];

    for (int32_t j = 0; j < padding->output[2]; ++j) {
        for (int32_t k = 0; k < padding->output[3]; ++k, y += padding->output[4]) {
            if (ek_is_inside(padding, 2, j) && ek_is_inside(padding, 3, k)) {
                ek_copy_s8(y + padding->before[4], x, run);
                x += run;
            }
        }
    }
    return x;
}

static inline int32_t ek_padded_size(const int32_t *output)
{
    return output[0] * output[1] * output[2] * output[3] * output[4];
}

/* Copies x, run by run of the innermost dimension, to where it lies in y. */
static inline void ek_put_inside(const ek_padding *padding, const int8_t *x, int8_t *y)
{
    const int32_t block = padding->output[2] * padding->output[3] * padding->output[4];

    for (int32_t i = 0; i < padding->output[0]; ++i) {
        for (int32_t j = 0; j < padding->output[1]; ++j, y += block) {
            if (ek_is_inside(padding, 0, i) && ek_is_inside(padding, 1, j)) {
                x = ek_put_block(padding, x, y);
            }
        }
    }
}

#endif
