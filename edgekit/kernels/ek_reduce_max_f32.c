/* SPDX-License-Identifier: MIT-0 */
/* The largest element along dimensions, in float. */
#include "ek_reduce_max_f32.h"

#include "ek_float.h"

static float reduce(const ek_reduce_max_layer_f32 *layer, const float *x)
{
    float largest = -EK_FLOAT_MAX;

    for (int32_t i = 0; i < layer->reduced[0]; ++i, x += layer->reduced_strides[0]) {
        const float *element = x;
        for (int32_t j = 0; j < layer->reduced[1]; ++j, element += layer->reduced_strides[1]) {
            largest = *element > largest ? *element : largest;
        }
    }
    return largest;
}

void ek_reduce_max_f32(const ek_reduce_max_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t i = 0; i < layer->kept[0]; ++i) {
        const float *from = x + i * layer->kept_strides[0];
        for (int32_t j = 0; j < layer->kept[1]; ++j, from += layer->kept_strides[1]) {
            *y++ = reduce(layer, from);
        }
    }
}
