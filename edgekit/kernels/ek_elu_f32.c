/* SPDX-License-Identifier: MIT-0 */
/* The exponential linear unit in float. */
#include "ek_elu_f32.h"

#include "ek_exp.h"

void ek_elu_f32(const ek_elu_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        y[i] = x[i] < 0.0f ? ek_expm1(x[i]) : x[i];
    }
}
