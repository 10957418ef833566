/* SPDX-License-Identifier: MIT-0 */
/* Compiled without the optimization that turns a copy loop into a call of memcpy: here it would call itself. */
#include <stdint.h>
#include <string.h>

/* Accesses through this type may alias any object. */
typedef uint32_t __attribute__((may_alias)) word;

static int aligned(const void *left, const void *right)
{
    return (((uintptr_t)left | (uintptr_t)right) & 3u) == 0;
}

void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    uint8_t *out = to;
    const uint8_t *in = from;

    if (aligned(out, in)) {
        for (; count >= 16; count -= 16, out += 16, in += 16) {
            word a = ((const word *)(const void *)in)[0];
            word b = ((const word *)(const void *)in)[1];
            word c = ((const word *)(const void *)in)[2];
            word d = ((const word *)(const void *)in)[3];
            ((word *)(void *)out)[0] = a;
            ((word *)(void *)out)[1] = b;
            ((word *)(void *)out)[2] = c;
            ((word *)(void *)out)[3] = d;
        }
        for (; count >= 4; count -= 4, out += 4, in += 4) {
            *(word *)(void *)out = *(const word *)(const void *)in;
        }
    }
    while (count-- > 0) {
        *out++ = *in++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    uint8_t *out = to;
    const uint8_t *in = from;

    if ((uintptr_t)to - (uintptr_t)from >= count) { /* also when `to` lies before `from` */
        while (count-- > 0) {
            *out++ = *in++;
        }
    } else {
        while (count-- > 0) {
            out[count] = in[count];
        }
    }
    return to;
}

void *memset(void *to, int value, size_t count)
{
    uint8_t *out = to;
    word fill = (uint8_t)value * 0x01010101u;

    if (aligned(out, out)) {
        for (; count >= 4; count -= 4, out += 4) {
            *(word *)(void *)out = fill;
        }
    }
    while (count-- > 0) {
        *out++ = (uint8_t)value;
    }
    return to;
}

int memcmp(const void *left, const void *right, size_t count)
{
    const uint8_t *a = left;
    const uint8_t *b = right;

    for (; count > 0; count--, a++, b++) {
        if (*a != *b) {
            return *a < *b ? -1 : 1;
        }
    }
    return 0;
}

size_t strlen(const char *text)
{
    size_t count = 0;

    while (text[count] != '\0') {
        count++;
    }
    return count;
}

int strcmp(const char *left, const char *right)
{
    return strncmp(left, right, SIZE_MAX);
}

int strncmp(const char *left, const char *right, size_t count)
{
    for (; count > 0; count--, left++, right++) {
        if (*left != *right || *left == '\0') {
            return (uint8_t)*left - (uint8_t)*right;
        }
    }
    return 0;
}
