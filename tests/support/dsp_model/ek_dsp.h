/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions of kernels/arch/cortex_m_dsp/ek_dsp.h in plain C, for tests on the host. */
#ifndef EK_DSP_H
#define EK_DSP_H

#include <stdint.h>
#include <string.h>

static inline int32_t ek_low(uint32_t word)
{
    return (int16_t)(word & 0xffff);
}

static inline int32_t ek_high(uint32_t word)
{
    return (int16_t)(word >> 16);
}

static inline int32_t ek_wrap(int64_t v)
{
    return (int32_t)(uint32_t)(uint64_t)v;
}

static inline uint32_t ek_halves(int32_t low, int32_t high)
{
    return ((uint32_t)low & 0xffffu) | ((uint32_t)high & 0xffffu) << 16;
}

static inline uint32_t ek_load_4(const void *from)
{
    uint32_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

static inline uint32_t ek_even_bytes(uint32_t word)
{
    return ek_halves((int8_t)(word & 0xff), (int8_t)(word >> 16 & 0xff));
}

static inline uint32_t ek_odd_bytes(uint32_t word)
{
    return ek_even_bytes(word >> 8);
}

static inline int32_t ek_dot_halves(uint32_t a, uint32_t b, int32_t sum)
{
    return ek_wrap((int64_t)sum + ek_low(a) * ek_low(b) + (int64_t)ek_high(a) * ek_high(b));
}

static inline int32_t ek_mla_low(uint32_t a, uint32_t b, int32_t sum)
{
    return ek_wrap((int64_t)sum + ek_low(a) * ek_low(b));
}

static inline int32_t ek_mla_high(uint32_t a, uint32_t b, int32_t sum)
{
    return ek_wrap((int64_t)sum + ek_high(a) * ek_high(b));
}

static inline uint32_t ek_add_even_bytes(uint32_t sums, uint32_t word)
{
    const uint32_t bytes = ek_even_bytes(word);
    return ek_halves(ek_low(sums) + ek_low(bytes), ek_high(sums) + ek_high(bytes));
}

static inline uint32_t ek_add_odd_bytes(uint32_t sums, uint32_t word)
{
    return ek_add_even_bytes(sums, word >> 8);
}

static inline uint32_t ek_greater_bytes(uint32_t a, uint32_t b)
{
    uint32_t result = 0;
    for (int32_t shift = 0; shift < 32; shift += 8) {
        const int8_t of_a = (int8_t)(a >> shift & 0xff), of_b = (int8_t)(b >> shift & 0xff);
        result |= ((uint32_t)(of_a > of_b ? of_a : of_b) & 0xffu) << shift;
    }
    return result;
}

static inline uint32_t ek_smaller_bytes(uint32_t a, uint32_t b)
{
    return ~ek_greater_bytes(~a, ~b);
}

static inline int32_t ek_mul_high_word(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b) >> 32);
}

static inline int32_t ek_mla_high_word_rounded(int32_t a, int32_t b, int32_t sum)
{
    return ek_wrap((((int64_t)a * b + 0x80000000LL) >> 32) + sum);
}

static inline int32_t ek_saturate_8(int32_t v)
{
    return v < INT8_MIN ? INT8_MIN : v > INT8_MAX ? INT8_MAX : v;
}

static inline int32_t ek_saturate_8_upper(int32_t v)
{
    return ek_saturate_8(v >> 16);
}

static inline void ek_copy_8_words(uint32_t *to, const uint32_t *from, int32_t words)
{
    memmove(to, from, (size_t)words * sizeof *to);
}

static inline void ek_fill_8_words(uint32_t *to, uint32_t word, int32_t words, int32_t gap)
{
    for (int32_t i = 0; i < words; i += 8 + gap) {
        for (int32_t j = 0; j < 8; ++j) {
            to[i + j] = word;
        }
    }
}

static inline uint32_t *ek_expand_bytes(const int8_t *from, int32_t n, uint32_t *to)
{
    for (; n > 0; n -= 4, from += 4) {
        *to++ = ek_even_bytes(ek_load_4(from));
        *to++ = ek_odd_bytes(ek_load_4(from));
    }
    return to;
}

#endif
