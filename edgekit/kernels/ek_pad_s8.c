/* SPDX-License-Identifier: MIT-0 */
/* Padding with a constant, run by run of the innermost dimension. */
#include "ek_pad_s8.h"

#include "ek_arch.h"

static int inside(const ek_pad *layer, int dimension, int32_t index)
{
    return index >= layer->before[dimension] && index < layer->before[dimension] + layer->input[dimension];
}

void ek_pad_s8(const ek_pad *layer, const int8_t *x, int8_t *y)
{
    const int32_t run = layer->input[3];

    ek_fill_s8(y, layer->value, layer->output[0] * layer->output[1] * layer->output[2] * layer->output[3]);
    for (int32_t i = 0; i < layer->output[0]; ++i) {
        for (int32_t j = 0; j < layer->output[1]; ++j) {
            for (int32_t k = 0; k < layer->output[2]; ++k, y += layer->output[3]) {
                if (inside(layer, 0, i) && inside(layer, 1, j) && inside(layer, 2, k)) {
                    ek_copy_s8(y + layer->before[3], x, run);
                    x += run;
                }
            }
        }
    }
}
