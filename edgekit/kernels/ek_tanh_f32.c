/* SPDX-License-Identifier: MIT-0 */
/* The hyperbolic tangent in float: (1 - exp(-2|x|)) / (1 + exp(-2|x|)) with the sign of x. */
#include "ek_tanh_f32.h"

#include "ek_exp.h"
#include "ek_float.h"

void ek_tanh_f32(const ek_tanh_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        const float e = ek_expm1(-2.0f * ek_magnitude(x[i]));
        const float t = e / (e + 2.0f);
        y[i] = x[i] > 0.0f ? -t : t;
    }
}
