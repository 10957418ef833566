/* SPDX-License-Identifier: MIT-0 */
/* The instructions of the Armv7E-M DSP extension that C has no operators for. */
#ifndef EK_DSP_H
#define EK_DSP_H

#include <stdint.h>
#include <string.h>

static inline uint32_t ek_load_4(const void *from)
{
    uint32_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

/* Bytes 0 and 2 of a word as two signed halves. */
static inline uint32_t ek_even_bytes(uint32_t word)
{
    uint32_t result;
    __asm__("sxtb16 %0, %1" : "=r"(result) : "r"(word));
    return result;
}

/* Bytes 1 and 3 of a word as two signed halves. */
static inline uint32_t ek_odd_bytes(uint32_t word)
{
    uint32_t result;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(result) : "r"(word));
    return result;
}

/* sum + a.low * b.low + a.high * b.high */
static inline int32_t ek_dot_halves(uint32_t a, uint32_t b, int32_t sum)
{
    int32_t result;
    __asm__("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

/* sum + a.low * b.low */
static inline int32_t ek_mla_low(uint32_t a, uint32_t b, int32_t sum)
{
    int32_t result;
    __asm__("smlabb %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

/* sum + a.high * b.high */
static inline int32_t ek_mla_high(uint32_t a, uint32_t b, int32_t sum)
{
    int32_t result;
    __asm__("smlatt %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

/* The halves of `sums`, each wrapping around, + bytes 0 and 2 of a word. */
static inline uint32_t ek_add_even_bytes(uint32_t sums, uint32_t word)
{
    uint32_t result;
    __asm__("sxtab16 %0, %1, %2" : "=r"(result) : "r"(sums), "r"(word));
    return result;
}

/* The halves of `sums`, each wrapping around, + bytes 1 and 3 of a word. */
static inline uint32_t ek_add_odd_bytes(uint32_t sums, uint32_t word)
{
    uint32_t result;
    __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(result) : "r"(sums), "r"(word));
    return result;
}

/* The greater of each of 4 signed bytes. */
static inline uint32_t ek_greater_bytes(uint32_t a, uint32_t b)
{
    uint32_t result;
    __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(result) : "r"(a), "r"(b) : "cc");
    return result;
}

/* The smaller of each of 4 signed bytes. */
static inline uint32_t ek_smaller_bytes(uint32_t a, uint32_t b)
{
    uint32_t result;
    __asm__("ssub8 %0, %1, %2\n\tsel %0, %2, %1" : "=&r"(result) : "r"(a), "r"(b) : "cc");
    return result;
}

/* The high word of a * b. */
static inline int32_t ek_mul_high_word(int32_t a, int32_t b)
{
    int32_t result;
    __asm__("smmul %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
    return result;
}

/* sum + the high word of a * b, rounded. */
static inline int32_t ek_mla_high_word_rounded(int32_t a, int32_t b, int32_t sum)
{
    int32_t result;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

/* v clamped to int8. */
static inline int32_t ek_saturate_8(int32_t v)
{
    int32_t result;
    __asm__("ssat %0, #8, %1" : "=r"(result) : "r"(v));
    return result;
}

/* v >> 16, clamped to int8. */
static inline int32_t ek_saturate_8_upper(int32_t v)
{
    int32_t result;
    __asm__("ssat %0, #8, %1, asr #16" : "=r"(result) : "r"(v));
    return result;
}

/* Copies blocks of 8 words. */
static inline void ek_copy_8_words(uint32_t *to, const uint32_t *from, int32_t words)
{
    const uint32_t *end = from + words;

    __asm__ volatile(
        "1:\n\t"
        "ldm %1!, {r4-r6, r8-r12}\n\t"
        "stm %0!, {r4-r6, r8-r12}\n\t"
        "cmp %1, %2\n\t"
        "bne 1b"
        : "+r"(to), "+r"(from)
        : "r"(end)
        : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "cc", "memory");
}

/* Fills blocks of 8 words, `gap` words apart: `words` with the gaps. */
static inline void ek_fill_8_words(uint32_t *to, uint32_t word, int32_t words, int32_t gap)
{
    const uint32_t *end = to + words;

    __asm__ volatile(
        "mov r4, %1\n\t"
        "mov r5, %1\n\t"
        "mov r6, %1\n\t"
        "mov r8, %1\n\t"
        "1:\n\t"
        "stm %0!, {r4-r6, r8}\n\t"
        "stm %0!, {r4-r6, r8}\n\t"
        "add %0, %0, %3\n\t"
        "cmp %0, %2\n\t"
        "bne 1b"
        : "+r"(to)
        : "r"(word), "r"(end), "r"(gap * (int32_t)sizeof word)
        : "r4", "r5", "r6", "r8", "cc", "memory");
}

/* Expands n > 0 bytes, n a multiple of 8, to pairs of 16 bits: (b0, b2) and (b1, b3) of every 4. Returns the end. */
static inline uint32_t *ek_expand_bytes(const int8_t *from, int32_t n, uint32_t *to)
{
    const int8_t *end = from + n;

    __asm__ volatile(
        "1:\n\t"
        "ldr r5, [%1], #4\n\t"
        "ldr r9, [%1], #4\n\t"
        "sxtb16 r4, r5\n\t"
        "sxtb16 r5, r5, ror #8\n\t"
        "sxtb16 r8, r9\n\t"
        "sxtb16 r9, r9, ror #8\n\t"
        "stm %0!, {r4, r5, r8, r9}\n\t"
        "cmp %1, %2\n\t"
        "bne 1b"
        : "+r"(to), "+r"(from)
        : "r"(end)
        : "r4", "r5", "r8", "r9", "cc", "memory");
    return to;
}

#endif
