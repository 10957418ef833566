/* SPDX-License-Identifier: MIT-0 */
/* DEQUANTIZE from int8 to float32. */
#include "ek_dequantize_s8_f32.h"

void ek_dequantize_s8_f32(const ek_dequantize_layer_s8_f32 *layer, const int8_t *x, float *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        y[i] = (float)(x[i] - layer->zero_point) * layer->scale;
    }
}
