/* SPDX-License-Identifier: MIT-0 */
/* QUANTIZE from int16 to int8. */
#include "ek_requantize_s16_s8.h"

#include "ek_math.h"

void ek_requantize_s16_s8(const ek_requantize_layer_s16_s8 *layer, const int16_t *x, int8_t *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        const int32_t v = ek_rescale(x[i], layer->multiplier, layer->shift);
        y[i] = (int8_t)ek_clamp(v + layer->output_zero_point, INT8_MIN, INT8_MAX);
    }
}
