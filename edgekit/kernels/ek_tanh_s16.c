/* SPDX-License-Identifier: MIT-0 */
/* TANH over int16. */
#include "ek_tanh_s16.h"

#include "ek_sigmoid_table.h"

void ek_tanh_s16(const ek_tanh_layer_s16 *layer, const int16_t *x, int16_t *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        const int32_t place = ek_table_place(x[i], layer->multiplier, layer->shift);
        y[i] = (int16_t)ek_tanh_at(layer->table, place);
    }
}
