/* SPDX-License-Identifier: MIT-0 */
/* ek_matmul_4x2_dsp for short windows in a floor form: it expands the inputs of its 4 pixels onto the stack, where
 * the unrolled products find them at fixed places.
 *
 * Two channels' weights are those of ek_matmul_dsp.h, but between the second channel's start and the first one's start,
 * both multipliers: the sum 256 * X + Y begins with the start, and becomes that of the second channel less Y.
 *   y = sat8(((start + 2^8 * acc) * multiplier) >> 44)
 */
#ifndef EK_MATMUL_SHORT_DSP_H
#define EK_MATMUL_SHORT_DSP_H

#include <stdint.h>

#include "ek_matmul_dsp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One tile. The assembly reads the fields by their offsets. */
typedef struct {
    int8_t *y;        /* first channel of the first pixel */
    int32_t y_stride; /* bytes from pixel to pixel */
    const uint32_t *weights_end;
    int32_t entry; /* ek_short_entry(all words of a window) */
    int32_t scale; /* a multiple of 256; of the kernels whose sums are scaled */
    const uint32_t *weights;
    int32_t rest; /* ek_short_rest(all words of a window) */
    const ek_runs_dsp *runs;
    const int8_t *from[4];
} ek_short_tile_dsp;

#define EK_SHORT_WORD_BYTES 32 /* of an input word of 4 pixels, expanded */
#define EK_SHORT_CODE_BYTES 92 /* of the products with it */

/* Where the unrolled products, for up to `most` words, are entered. The first word stands before them. Bit 0: Thumb. */
static inline int32_t ek_short_entry(int32_t most, int32_t words)
{
    return (most - words) * EK_SHORT_CODE_BYTES + 1;
}

/* Where the second word stands on the stack: the last one is always at the end. */
static inline int32_t ek_short_rest(int32_t most, int32_t words)
{
    return (most - words + 1) * EK_SHORT_WORD_BYTES;
}

/* Windows of up to 64 or 128 inputs. */
void ek_matmul_4x2_k64_dsp(const ek_short_tile_dsp *tile);
void ek_matmul_4x2_k128_dsp(const ek_short_tile_dsp *tile);

/* The same with the weights and the floor form of ek_matmul_dsp.h. */
void ek_matmul_4x2_k64_scaled_dsp(const ek_short_tile_dsp *tile);
void ek_matmul_4x2_k128_scaled_dsp(const ek_short_tile_dsp *tile);

#ifdef __cplusplus
}
#endif

#endif
