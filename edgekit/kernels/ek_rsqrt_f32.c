/* SPDX-License-Identifier: MIT-0 */
/* Reciprocal square roots in float. */
#include "ek_rsqrt_f32.h"

#include "ek_float.h"

#define INFINITE 0x7f800000u

/* The root of a 50-bit number, digit by digit, rounded down. */
static uint32_t integer_root(uint64_t v)
{
    uint64_t rest = v;
    uint64_t root = 0;

    for (uint64_t bit = (uint64_t)1 << 48; bit != 0; bit >>= 2) {
        if (rest >= root + bit) {
            rest -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint32_t)root;
}

/* sqrt(x): a NaN below 0. */
static float square_root(float x)
{
    uint32_t bits = ek_bits_of_f32(x);
    int32_t exponent;
    uint32_t root;

    if (!(x > 0.0f)) {
        return x == 0.0f ? x : ek_f32_of_bits(INFINITE | 0x00400000u);
    }
    if (bits >= INFINITE) {
        return x;
    }
    exponent = (int32_t)(bits >> 23);
    if (exponent == 0) {
        /* Denormal: shifted until it has the 24 bits of others. */
        for (exponent = 1; bits < 0x00800000u; bits <<= 1) {
            --exponent;
        }
    } else {
        bits = (bits & 0x007fffffu) | 0x00800000u;
    }
    /* x = bits * 2^(exponent - 150); with an even power of 2 in front, the root has one bit more than a float, to round
     * by. It is never halfway: the square of an odd number of 25 bits has no 25 zeros at its end. */
    root = integer_root((uint64_t)bits << ((exponent & 1) ? 25 : 26));
    exponent = (exponent - ((exponent & 1) ? 1 : 2)) / 2;
    root = (root + 1) >> 1;
    return ek_f32_of_bits(((uint32_t)(exponent + 63) << 23) + root);
}

void ek_rsqrt_f32(const ek_rsqrt_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        y[i] = 1.0f / square_root(x[i]);
    }
}
