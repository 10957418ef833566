/* SPDX-License-Identifier: MIT-0 */
/* QUANTIZE from float32 to int16. */
#include "ek_quantize_f32_s16.h"

#include "ek_quantize.h"

void ek_quantize_f32_s16(const ek_quantize_layer_f32_s16 *layer, const float *x, int16_t *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        const int32_t v = ek_round_quotient(x[i], layer->scale) + layer->zero_point;
        y[i] = (int16_t)ek_clamp(v, INT16_MIN, INT16_MAX);
    }
}
