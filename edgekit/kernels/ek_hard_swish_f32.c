/* SPDX-License-Identifier: MIT-0 */
/* Hard swish in float. */
#include "ek_hard_swish_f32.h"

#include "ek_float.h"

void ek_hard_swish_f32(const ek_hard_swish_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        y[i] = x[i] * ek_clamp_f32(x[i] + 3.0f, 0.0f, 6.0f) / 6.0f;
    }
}
