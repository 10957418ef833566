/* SPDX-License-Identifier: MIT-0 */
/* Element-wise addition by two multiplications with one rounding. */
#include "ek_add_dsp_s8.h"

#include "ek_dsp.h"

static inline uint32_t element(const ek_add_dsp *layer, int32_t a, int32_t b, int ties_away)
{
    /* Unsigned: parts of the sum may leave 32 bits, the sum does not. */
    const uint32_t t = (uint32_t)(a * layer->a_factor) + (uint32_t)layer->start + (uint32_t)(b * layer->b_factor);
    const uint32_t v = ties_away ? t + (uint32_t)((int32_t)t >> 31) + (uint32_t)layer->addend : t;
    return (uint32_t)ek_saturate_8((int32_t)v >> layer->shift);
}

static inline int32_t byte_of(uint32_t word, int32_t i)
{
    return (int8_t)(word >> (8 * i) & 0xff);
}

static inline void all(const ek_add_dsp *layer, const int8_t *a, const int8_t *b, int8_t *y, int ties_away)
{
    const ek_add_dsp same = *layer;
    int32_t left = same.count;

    for (; left >= 4; left -= 4, a += 4, b += 4, y += 4) {
        const uint32_t p = ek_load_4(a), q = ek_load_4(b);
        uint32_t word = element(&same, byte_of(p, 3), byte_of(q, 3), ties_away);
        word = word << 8 | (element(&same, byte_of(p, 2), byte_of(q, 2), ties_away) & 0xff);
        word = word << 8 | (element(&same, byte_of(p, 1), byte_of(q, 1), ties_away) & 0xff);
        word = word << 8 | (element(&same, byte_of(p, 0), byte_of(q, 0), ties_away) & 0xff);
        memcpy(y, &word, sizeof word);
    }
    for (; left > 0; --left) {
        *y++ = (int8_t)element(&same, *a++, *b++, ties_away);
    }
}

void ek_add_dsp_s8(const ek_add_dsp *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    if (layer->ties_away) {
        all(layer, a, b, y, 1);
    } else {
        all(layer, a, b, y, 0);
    }
    ek_clamp_all(y, layer->count, layer->act_min, layer->act_max);
}
