/* SPDX-License-Identifier: MIT-0 */
/* Padding with a constant, run by run of the innermost dimension. */
#include "ek_pad_s8.h"

#include "ek_arch.h"

static int inside(const ek_pad *layer, int dimension, int32_t index)
{
    return index >= layer->before[dimension] && index < layer->before[dimension] + layer->input[dimension];
}

/* The three inner dimensions; returns the end of what it read of x. */
static const int8_t *pad_block(const ek_pad *layer, const int8_t *x, int8_t *y)
{
    const int32_t run = layer->input[4];

    for (int32_t j = 0; j < layer->output[2]; ++j) {
        for (int32_t k = 0; k < layer->output[3]; ++k, y += layer->output[4]) {
            if (inside(layer, 2, j) && inside(layer, 3, k)) {
                ek_copy_s8(y + layer->before[4], x, run);
                x += run;
            }
        }
    }
    return x;
}

void ek_pad_s8(const ek_pad *layer, const int8_t *x, int8_t *y)
{
    const int32_t block = layer->output[2] * layer->output[3] * layer->output[4];

    ek_fill_s8(y, layer->value, layer->output[0] * layer->output[1] * block);
    for (int32_t i = 0; i < layer->output[0]; ++i) {
        for (int32_t j = 0; j < layer->output[1]; ++j, y += block) {
            if (inside(layer, 0, i) && inside(layer, 1, j)) {
                x = pad_block(layer, x, y);
            }
        }
    }
}
