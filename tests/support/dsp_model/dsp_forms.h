/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of requantization, see ek_matmul_dsp.h and ek_depthwise_3x3_dsp.h. */
#ifndef DSP_FORMS_H
#define DSP_FORMS_H

#include "ek_dsp.h"

static inline int32_t floor_form(const uint32_t *constants, int32_t scale, int32_t acc)
{
    const int32_t t = ek_wrap((int64_t)acc * scale + (int32_t)constants[0]);
    return ek_saturate_8_upper(ek_mul_high_word(t, (int32_t)constants[1]));
}

static inline int32_t byte_floor_form(const uint32_t *constants, int32_t bits, int32_t acc)
{
    const int32_t t = ek_wrap((int64_t)acc * 256 + (int32_t)constants[0]);
    return ek_saturate_8(ek_mul_high_word(t, (int32_t)constants[1]) >> (bits - 32));
}

static inline int32_t two_sided_form(int32_t start, int32_t multiplier, int32_t addend, int32_t shift, int32_t acc)
{
    const int32_t t = ek_wrap((int64_t)start + 2 * (int64_t)acc);
    return ek_saturate_8((ek_mla_high_word_rounded(t, multiplier, addend) + (t >> 31)) >> shift);
}

#endif
