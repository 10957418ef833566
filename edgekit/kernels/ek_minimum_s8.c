/* SPDX-License-Identifier: MIT-0 */
/* Element-wise minimum with broadcasting. */
#include "ek_minimum_s8.h"

#include "ek_broadcast.h"

static void run(const void *context, const int8_t *a, const int8_t *b, int8_t *y)
{
    const ek_minimum *layer = context;
    const int32_t a_step = layer->a_strides[4];
    const int32_t b_step = layer->b_strides[4];

    for (int32_t i = 0; i < layer->shape[4]; ++i, a += a_step, b += b_step) {
        y[i] = *a < *b ? *a : *b;
    }
}

void ek_minimum_s8(const ek_minimum *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    ek_broadcast_s8(layer->shape, layer->a_strides, layer->b_strides, run, layer, a, b, y);
}
