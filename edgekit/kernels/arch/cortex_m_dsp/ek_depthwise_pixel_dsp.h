/* SPDX-License-Identifier: MIT-0 */
/* Depthwise products of one pixel, 4 channels after another, in assembly.
 *
 * Taps are filled up to an odd number. Weights stand in groups of 4 channels c: a word (p[0], p[1], p[2], p[3]) for the
 * first tap p, then for every two taps p and q the words (p[0], p[1], q[0], q[1]) and (p[2], p[3], q[2], q[3]), then the
 * constants of each channel in the order of ek_matmul_dsp.h; the floor form has scale 2^12.
 *
 * On these cores an address is a number of 32 bits: the two functions are one under two names. */
#ifndef EK_DEPTHWISE_PIXEL_DSP_H
#define EK_DEPTHWISE_PIXEL_DSP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Inputs at the same distances from each window's start. The assembly reads the fields by their offsets. */
typedef struct {
    const int8_t *x; /* top left of the window */
    const uint32_t *weights;
    const int32_t *taps; /* bytes from x */
    const int32_t *taps_end;
    int8_t *y; /* as many words as there are groups */
    const uint32_t *weights_end;
    int32_t entry;     /* ek_pixel_entry(taps) */
    int32_t two_sided; /* 1: the two-sided form */
} ek_depthwise_places_dsp;

/* Inputs anywhere: the same fields with other types. */
typedef struct {
    const int8_t *none; /* NULL */
    const uint32_t *weights;
    const int8_t *const *taps;
    const int8_t *const *taps_end;
    int8_t *y;
    const uint32_t *weights_end;
    int32_t entry;
    int32_t two_sided;
} ek_depthwise_pointers_dsp;

#define EK_PIXEL_UNROLLED_PAIRS 4
#define EK_PIXEL_PAIR_BYTES 72
#define EK_PIXEL_CHECK_BYTES 6 /* of code behind the unrolled pairs */

/* Where the unrolled loop is entered, so that it ends with the last two of `taps`. Bit 0 says Thumb. */
static inline int32_t ek_pixel_entry(int32_t taps)
{
    const int32_t pairs = taps >> 1;
    const int32_t skipped = -pairs & (EK_PIXEL_UNROLLED_PAIRS - 1);

    if (pairs == 0) {
        return EK_PIXEL_UNROLLED_PAIRS * EK_PIXEL_PAIR_BYTES + EK_PIXEL_CHECK_BYTES + 1;
    }
    return skipped * EK_PIXEL_PAIR_BYTES + 1;
}

void ek_depthwise_at_places_dsp(const ek_depthwise_places_dsp *pixel);
void ek_depthwise_at_pointers_dsp(const ek_depthwise_pointers_dsp *pixel);

#ifdef __cplusplus
}
#endif

#endif
