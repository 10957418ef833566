/* SPDX-License-Identifier: MIT-0 */
/* RELU, RELU6 and RELU_N1_TO_1 in float. */
#include "ek_relu_f32.h"

#include "ek_float.h"

void ek_relu_f32(const ek_relu_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        y[i] = ek_clamp_f32(x[i], layer->act_min, layer->act_max);
    }
}
