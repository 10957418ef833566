/* SPDX-License-Identifier: MIT-0 */
/* Padding with bytes of one value. */
#include "ek_pad_s8.h"

#include "ek_padding.h"

void ek_pad_s8(const ek_pad *layer, const int8_t *x, int8_t *y)
{
    const ek_padding padding = {layer->input, layer->output, layer->before};

    ek_fill_s8(y, layer->value, ek_padded_size(layer->output));
    ek_put_inside(&padding, x, y);
}
