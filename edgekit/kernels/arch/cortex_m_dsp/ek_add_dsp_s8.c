/* SPDX-License-Identifier: MIT-0 */
/* Element-wise addition by two multiplications with one rounding. */
#include "ek_add_dsp_s8.h"

#include "ek_clamp_dsp.h"
#include "ek_dsp.h"

/* What does not change from element to element, in registers. */
typedef struct {
    int32_t a_factor;
    int32_t b_factor;
    uint32_t start;
    uint32_t addend;
    int32_t shift;
} form;

/* Unsigned: parts of the sum may leave 32 bits, the sum does not. */
static inline int32_t element(form by, int32_t a, int32_t b, int ties_away)
{
    uint32_t t = (uint32_t)(a * by.a_factor) + by.start;
    t += (uint32_t)(b * by.b_factor);
    if (ties_away) {
        t += (uint32_t)((int32_t)t >> 31) + by.addend;
    }
    return ek_saturate_8((int32_t)t >> by.shift);
}

static inline void all(const ek_add_dsp *layer, const int8_t *a, const int8_t *b, int8_t *y, int ties_away)
{
    const form by = {layer->a_factor, layer->b_factor, (uint32_t)layer->start, (uint32_t)layer->addend, layer->shift};
    const int8_t *const end = y + layer->count;

    while (end - y >= 4) {
        const int32_t v0 = element(by, a[0], b[0], ties_away);
        const int32_t v1 = element(by, a[1], b[1], ties_away);
        y[0] = (int8_t)v0;
        y[1] = (int8_t)v1;
        const int32_t v2 = element(by, a[2], b[2], ties_away);
        const int32_t v3 = element(by, a[3], b[3], ties_away);
        y[2] = (int8_t)v2;
        y[3] = (int8_t)v3;
        a += 4;
        b += 4;
        y += 4;
    }
    while (y != end) {
        *y++ = (int8_t)element(by, *a++, *b++, ties_away);
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
