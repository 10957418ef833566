/* SPDX-License-Identifier: MIT-0 */
/* Maximum over dimensions. */
#include "ek_reduce_max_s8.h"

static int8_t largest(const ek_reduce_max *layer, const int8_t *x)
{
    int8_t most = *x;
    for (int32_t i = 0; i < layer->reduced[0]; ++i, x += layer->reduced_strides[0]) {
        const int8_t *element = x;
        for (int32_t j = 0; j < layer->reduced[1]; ++j, element += layer->reduced_strides[1]) {
            most = *element > most ? *element : most;
        }
    }
    return most;
}

void ek_reduce_max_s8(const ek_reduce_max *layer, const int8_t *x, int8_t *y)
{
    for (int32_t i = 0; i < layer->kept[0]; ++i, x += layer->kept_strides[0]) {
        const int8_t *from = x;
        for (int32_t j = 0; j < layer->kept[1]; ++j, from += layer->kept_strides[1]) {
            *y++ = largest(layer, from);
        }
    }
}
