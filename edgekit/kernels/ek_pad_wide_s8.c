/* SPDX-License-Identifier: MIT-0 */
/* Padding with a value of several bytes. */
#include "ek_pad_wide_s8.h"

#include "ek_padding.h"

void ek_pad_wide_s8(const ek_pad_wide *layer, const int8_t *x, int8_t *y)
{
    const ek_padding padding = {layer->input, layer->output, layer->before};
    const int32_t size = ek_padded_size(layer->output);

    for (int32_t i = 0; i < size; i += layer->value_bytes) {
        for (int32_t j = 0; j < layer->value_bytes; ++j) {
            y[i + j] = layer->value[j];
        }
    }
    ek_put_inside(&padding, x, y);
}
