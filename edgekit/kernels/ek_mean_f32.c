/* SPDX-License-Identifier: MIT-0 */
/* Sum and mean over dimensions, in float. */
#include "ek_mean_f32.h"

static float reduce(const ek_mean_layer_f32 *layer, const float *x)
{
    float sum = 0.0f;

    for (int32_t i = 0; i < layer->reduced[0]; ++i, x += layer->reduced_strides[0]) {
        const float *element = x;
        for (int32_t j = 0; j < layer->reduced[1]; ++j, element += layer->reduced_strides[1]) {
            sum += *element;
        }
    }
    return sum / layer->divisor;
}

void ek_mean_f32(const ek_mean_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t i = 0; i < layer->kept[0]; ++i) {
        const float *from = x + i * layer->kept_strides[0];
        for (int32_t j = 0; j < layer->kept[1]; ++j, from += layer->kept_strides[1]) {
            *y++ = reduce(layer, from);
        }
    }
}
