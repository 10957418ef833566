/* SPDX-License-Identifier: MIT-0 */
/* RELU and RELU6 where they could not be fused into the layer before. */
#include "ek_relu_s8.h"

#include "ek_math.h"

void ek_relu_s8(const ek_relu *layer, const int8_t *x, int8_t *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        const int32_t v = ek_rescale(x[i] - layer->input_zero_point, layer->multiplier, layer->shift);
        y[i] = (int8_t)ek_clamp(v + layer->output_zero_point, layer->act_min, layer->act_max);
    }
}
