/* SPDX-License-Identifier: MIT-0 */
/* Softmax in fixed point. The exponentials come from a table; their sum is inverted by three Newton-Raphson steps. */
#include "ek_softmax_s8.h"

#include "ek_math.h"

/* Integer bits of the sum of exponentials: a row may hold 4096 of them. */
#define SUM_INTEGER_BITS 12

static int32_t exponential(const ek_softmax *layer, int32_t distance)
{
    return distance < layer->table_size ? layer->exp_table[distance] : 0;
}

static int32_t leading_zeros(uint32_t v)
{
    int32_t n = 0;
    for (; (v & 0x80000000u) == 0; v <<= 1) {
        ++n;
    }
    return n;
}

/* v * 2^n, saturated. */
static int32_t shift_left_saturated(int32_t v, int32_t n)
{
    const int32_t limit = INT32_MAX >> n;
    return v > limit ? INT32_MAX : v < -limit - 1 ? INT32_MIN : (int32_t)((uint32_t)v << n);
}

/* 1 / (1 + a) for a in [0, 1), both in 31 fractional bits. */
static int32_t reciprocal_of_one_plus(uint32_t a)
{
    const int32_t half_denominator = (int32_t)((a + 0x80000000u) >> 1);
    /* 48/17 - 32/17 d, the best linear start; x has 2 integer bits. */
    int32_t x = 1515870810 + ek_mul_high(half_denominator, -1010580540);

    for (int step = 0; step < 3; ++step) {
        const int32_t error = (1 << 29) - ek_mul_high(half_denominator, x);
        x += shift_left_saturated(ek_mul_high(x, error), 2);
    }
    return shift_left_saturated(x, 1);
}

static void one_row(const ek_softmax *layer, const int8_t *x, int8_t *y)
{
    int32_t largest = INT8_MIN;
    uint32_t sum = 0;

    for (int32_t i = 0; i < layer->depth; ++i) {
        largest = x[i] > largest ? x[i] : largest;
    }
    for (int32_t i = 0; i < layer->depth; ++i) {
        sum += (uint32_t)ek_shift_right_round(exponential(layer, largest - x[i]), SUM_INTEGER_BITS);
    }

    const int32_t headroom = leading_zeros(sum);
    const int32_t scale = reciprocal_of_one_plus((sum << headroom) - 0x80000000u);
    const int32_t shift = SUM_INTEGER_BITS - headroom + 31 - 8;
    for (int32_t i = 0; i < layer->depth; ++i) {
        const int32_t product = ek_mul_high(scale, exponential(layer, largest - x[i]));
        /* Past 31 bits, in rows of more than 512 equal values, nothing is left. */
        const int32_t v = shift <= 31 ? ek_shift_right_round(product, shift) : 0;
        y[i] = (int8_t)ek_min(v + INT8_MIN, INT8_MAX);
    }
}

void ek_softmax_s8(const ek_softmax *layer, const int8_t *x, int8_t *y)
{
    for (int32_t row = 0; row < layer->rows; ++row, x += layer->depth, y += layer->depth) {
        one_row(layer, x, y);
    }
}
