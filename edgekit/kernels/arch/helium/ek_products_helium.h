/* SPDX-License-Identifier: MIT-0 */
/* All channels of some pixels, whose windows are evenly spaced runs of bytes. */
#ifndef EK_PRODUCTS_HELIUM_H
#define EK_PRODUCTS_HELIUM_H

#include <stdint.h>

#include "ek_matmul_helium.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int32_t depth; /* bytes of a window */
    int32_t channels;
    int32_t y_step;          /* bytes from pixel to pixel */
    int32_t two_sided;       /* 0: outputs are clamped at their zero point */
    const uint32_t *weights; /* see ek_matmul_helium.h */
    ek_output_helium output;
} ek_filters_helium;

/* Words that the weights of all channels take. */
static inline int32_t ek_filter_words_helium(int32_t depth, int32_t channels)
{
    const int32_t chunks = (depth + EK_CHUNK_HELIUM - 1) / EK_CHUNK_HELIUM;

    return (channels + 3) / 4 * (16 * chunks + 9);
}

/* Pixel i has the window x + i * x_step and the outputs y + i * filters->y_step. */
void ek_products_helium(const ek_filters_helium *filters, const int8_t *x, int32_t x_step, int32_t count, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
