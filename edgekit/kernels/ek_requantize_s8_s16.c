/* SPDX-License-Identifier: MIT-0 */
/* QUANTIZE from int8 to int16. */
#include "ek_requantize_s8_s16.h"

#include "ek_math.h"

void ek_requantize_s8_s16(const ek_requantize_layer_s8_s16 *layer, const int8_t *x, int16_t *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        const int32_t v = ek_rescale(x[i] - layer->input_zero_point, layer->multiplier, layer->shift);
        y[i] = (int16_t)ek_clamp(v, INT16_MIN, INT16_MAX);
    }
}
