/* SPDX-License-Identifier: MIT-0 */
/* Fully connected layer: the inputs are expanded once for all features. */
#include "ek_fully_connected_dsp_s8.h"

#include "ek_clamp_dsp.h"
#include "ek_dsp.h"
#include "ek_matmul_1x4_dsp.h"

/* Up to 4 bytes and zeros. */
static uint32_t last_bytes(const int8_t *x, int32_t n)
{
    uint32_t word = 0;

    while (--n >= 0) {
        word = word << 8 | (uint32_t)(x[n] & 0xff);
    }
    return word;
}

/* Bytes to pairs of 16 bits; zeros fill up the last 8 inputs. Returns the end. */
static uint32_t *expand(const int8_t *x, int32_t n, uint32_t *to)
{
    const int32_t whole = n & ~7;

    if (whole > 0) {
        to = ek_expand_bytes(x, whole, to);
    }
    if (n > whole) {
        const int8_t *last = x + whole;
        const uint32_t a = n & 4 ? ek_load_4(last) : last_bytes(last, n & 3);
        const uint32_t b = n & 4 ? last_bytes(last + 4, n & 3) : 0;
        *to++ = ek_even_bytes(a);
        *to++ = ek_odd_bytes(a);
        *to++ = ek_even_bytes(b);
        *to++ = ek_odd_bytes(b);
    }
    return to;
}

/* One row whose features are no multiple of 4: the last ones go by way of a word of their own. */
static void partial(const ek_fully_connected_dsp *layer, ek_vector_dsp *vector, void (*product)(const ek_vector_dsp *))
{
    const int32_t pairs = (int32_t)(vector->activations_end - vector->activations);
    const int32_t whole = layer->out_features >> 2;
    int8_t last[4];

    if (whole > 0) {
        product(vector);
        vector->y += 4 * whole;
    }
    int8_t *y = vector->y;
    vector->y = last;
    vector->weights += whole * (2 * pairs + 4);
    vector->weights_end = vector->weights + 2 * pairs + 4;
    product(vector);
    for (int32_t i = 0; i < (layer->out_features & 3); ++i) {
        y[i] = last[i];
    }
}

void ek_fully_connected_dsp_s8(const ek_fully_connected_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    uint32_t *expanded = (uint32_t *)(void *)scratch;
    ek_vector_dsp vector;

    vector.activations = expanded;
    vector.scale = layer->scale;
    vector.multiplier = layer->multiplier;
    vector.addend = layer->addend;
    vector.shift = layer->shift;
    for (int32_t row = 0; row < layer->rows; ++row, x += layer->in_features, y += layer->out_features) {
        vector.activations_end = expand(x, layer->in_features, expanded);
        const int32_t pairs = (int32_t)(vector.activations_end - expanded);
        vector.entry = ek_vector_entry(pairs);
        vector.weights = layer->weights;
        vector.weights_end = layer->weights + (layer->out_features >> 2) * (2 * pairs + 4);
        vector.y = y;
        void (*product)(const ek_vector_dsp *) =
            layer->two_sided ? ek_matmul_1x4_two_sided_dsp : ek_matmul_1x4_floor_dsp;
        if (layer->out_features & 3) {
            partial(layer, &vector, product);
        } else {
            product(&vector);
        }
        ek_clamp_all(y, layer->out_features, layer->act_min, layer->act_max);
    }
}
