/* SPDX-License-Identifier: MIT-0 */
/* The position of the maximum along a dimension of floats. */
#include "ek_arg_max_f32.h"

static int32_t position(const ek_arg_max_layer_f32 *layer, const float *x)
{
    float most = *x;
    int32_t found = 0;
    for (int32_t i = 1; i < layer->size; ++i) {
        x += layer->inner;
        if (*x > most) {
            most = *x;
            found = i;
        }
    }
    return found;
}

void ek_arg_max_f32(const ek_arg_max_layer_f32 *layer, const float *x, int32_t *y)
{
    for (int32_t i = 0; i < layer->outer; ++i, x += layer->size * layer->inner) {
        for (int32_t j = 0; j < layer->inner; ++j) {
            *y++ = position(layer, x + j);
        }
    }
}
