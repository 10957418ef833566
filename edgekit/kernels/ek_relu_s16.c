/* SPDX-License-Identifier: MIT-0 */
/* RELU and RELU6 where they could not be fused into the layer before. */
#include "ek_relu_s16.h"

#include "ek_math.h"

void ek_relu_s16(const ek_relu_layer_s16 *layer, const int16_t *x, int16_t *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        const int32_t v = ek_rescale(x[i], layer->multiplier, layer->shift);
        y[i] = (int16_t)ek_clamp(v, layer->act_min, layer->act_max);
    }
}
