/* SPDX-License-Identifier: MIT-0 */
/* Softmax over int16: the exponentials and the reciprocal of their sum are interpolated in tables. */
#include "ek_softmax_s16.h"

#include "ek_math.h"

/* The table at v, from -2^15 on: every 2^7 an entry, straight lines between them. */
static int32_t look_up(const int16_t *table, int32_t v)
{
    const int16_t *entry = table + 256 + (v >> 7);
    return entry[0] + (((entry[1] - entry[0]) * (v & 127) + 64) >> 7);
}

static int32_t leading_zeros(uint32_t v)
{
    int32_t n = 0;
    for (; (v & 0x80000000u) == 0; v <<= 1) {
        ++n;
    }
    return n;
}

static void one_row(const ek_softmax_layer_s16 *layer, const int16_t *x, int16_t *y)
{
    int32_t largest = INT16_MIN;
    int32_t sum = 0;

    for (int32_t i = 0; i < layer->depth; ++i) {
        largest = x[i] > largest ? x[i] : largest;
    }
    for (int32_t i = 0; i < layer->depth; ++i) {
        const int32_t distance = ek_rescale(x[i] - largest, layer->multiplier, layer->shift);
        y[i] = (int16_t)look_up(layer->exp_table, ek_clamp(distance + INT16_MAX, INT16_MIN, INT16_MAX));
        sum += y[i];
    }

    /* The sum is (1 + x) * 2^right: x with 16 fractional bits, the table begins at -2^15. */
    const int32_t right = 31 - leading_zeros((uint32_t)sum);
    const int32_t mantissa = (int32_t)((((uint32_t)sum << (30 - right)) + (1u << 13)) >> 14);
    const int32_t scale = look_up(layer->reciprocal_table, ek_clamp(mantissa - 65536 - 32768, INT16_MIN, INT16_MAX));
    for (int32_t i = 0; i < layer->depth; ++i) {
        const int32_t v = (y[i] * scale + (1 << (right - 1))) >> right;
        y[i] = (int16_t)ek_clamp(v, 0, INT16_MAX);
    }
}

void ek_softmax_s16(const ek_softmax_layer_s16 *layer, const int16_t *x, int16_t *y)
{
    for (int32_t row = 0; row < layer->rows; ++row, x += layer->depth, y += layer->depth) {
        one_row(layer, x, y);
    }
}
