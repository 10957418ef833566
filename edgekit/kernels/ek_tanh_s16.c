/* SPDX-License-Identifier: MIT-0 */
/* TANH over int16. */
#include "ek_tanh_s16.h"

#include "ek_sigmoid_table.h"

void ek_tanh_s16(const ek_tanh_layer_s16 *layer, const int16_t *x, int16_t *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        const int32_t place = ek_table_place(x[i], layer->multiplier, layer->shift);
        const int32_t magnitude = place < 0 ? -place : place;
        const int32_t v = magnitude >> 8 < 255 ? ek_interpolated(layer->table, magnitude, 8) : 0xffff << 8;
        y[i] = (int16_t)((place < 0 ? (1 << 23) - v + (1 << 7) - 1 : v - (1 << 23) + (1 << 7)) >> 8);
    }
}
