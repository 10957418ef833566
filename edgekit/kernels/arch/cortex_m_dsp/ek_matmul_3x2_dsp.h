/* SPDX-License-Identifier: MIT-0 */
/* 3 pixels by 2 channels, for long windows: a pixel less than in ek_matmul_4x2_dsp leaves registers to load weights by
 * twos and a pair of inputs at once. Products take fewer instructions, what comes once for a tile takes more of them.
 * Weights are those of ek_matmul_dsp.h; a pair of inputs is 3 words, one for each pixel. */
#ifndef EK_MATMUL_3X2_DSP_H
#define EK_MATMUL_3X2_DSP_H

#include <stdint.h>

#include "ek_matmul_dsp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Expands the runs of 3 pixels. Returns the end of what it wrote: 6 words for each word of a run. */
uint32_t *ek_expand_3_dsp(const int8_t *const *from, uint32_t *to, const ek_runs_dsp *runs);

#define EK_LONG_UNROLLED_WORDS 12
#define EK_LONG_CODE_BYTES 62 /* of the products with two pairs, an input word of 3 pixels */

/* Where the unrolled loop is entered, so that it ends with the last of `pairs` pairs, an even number: the first two
 * stand before it. Entered at its end, it starts over unless nothing is left. Bit 0 says Thumb. */
static inline int32_t ek_long_entry(int32_t pairs)
{
    const int32_t skipped = EK_LONG_UNROLLED_WORDS - ((pairs >> 1) - 1) % EK_LONG_UNROLLED_WORDS;
    return skipped * EK_LONG_CODE_BYTES + 1;
}

/* One tile, whose `entry` is ek_long_entry. */
void ek_matmul_3x2_dsp(const ek_tile_dsp *tile);

#ifdef __cplusplus
}
#endif

#endif
