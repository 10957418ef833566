/* SPDX-License-Identifier: MIT-0 */
/* Absolute values in float. */
#include "ek_abs_f32.h"

#include "ek_float.h"

void ek_abs_f32(const ek_abs_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        y[i] = ek_magnitude(x[i]);
    }
}
