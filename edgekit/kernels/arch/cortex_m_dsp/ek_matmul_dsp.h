/* SPDX-License-Identifier: MIT-0 */
/* The matrix products of Cortex-M cores with the DSP extension: one tile of pixels against all channels, in assembly.
 *
 * Weights stand for two channels in one word: half j = 256 * w1[k_j] + w0[k_j]. SMLAD with the word as it is sums
 * 256 * X + Y, SMLAD with its low bytes sign-extended sums Y; X and Y are the dot products of the two channels. The host
 * guarantees that halves fit 16 bits and that X fits 24.
 *
 * Activations are bytes expanded to pairs of 16 bits. A run of bytes becomes, for every 4 bytes, the pairs
 * (b0, b2) and (b1, b3); for a tile of 4 pixels a pair is 4 words, one for each pixel.
 *
 * Behind a pair of channels' weights stand their constants, channel 0 first:
 *   floor:      start, multiplier              y = sat8(((start + scale * acc) * multiplier) >> 48)
 *   two-sided:  start, multiplier, addend, shift
 *                   t = start + 2 * acc        y = sat8((((t * multiplier + 2^31) >> 32) + addend + (t >> 31)) >> shift)
 * `floor` is for layers clamped at their zero point -128; the host proves that it equals the two roundings.
 */
#ifndef EK_MATMUL_DSP_H
#define EK_MATMUL_DSP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Runs of bytes, the same for each pixel of a tile. */
typedef struct {
    int32_t words; /* of a run, rounded up: the host has zero weights behind the run's last byte */
    int32_t count;
    int32_t gap; /* bytes from the end of a run's words to the start of the next run */
} ek_runs_dsp;

/* Expands the runs of 4 pixels. Returns the end of what it wrote: 8 words for each word of a run. */
uint32_t *ek_expand_4_dsp(const int8_t *const *from, uint32_t *to, const ek_runs_dsp *runs);

/* One tile. The assembly reads the fields by their offsets. */
typedef struct {
    const uint32_t *activations;     /* expanded, an even number of pairs */
    int8_t *y;                       /* first channel of the first pixel */
    int32_t y_stride;                /* bytes from pixel to pixel */
    const uint32_t *weights_end;     /* behind the last pair of channels */
    const uint32_t *activations_end;
    int32_t entry;                   /* ek_tile_entry(pairs) */
    int32_t scale;                   /* a multiple of 256; 0 for the two-sided form */
    const uint32_t *weights;
} ek_tile_dsp;

#define EK_TILE_UNROLLED_PAIRS 16
#define EK_TILE_PAIR_BYTES 48

/* Where the unrolled loop is entered, so that it ends with the last of `pairs` pairs: the first stands before it.
 * Bit 0 says Thumb. */
static inline int32_t ek_tile_entry(int32_t pairs)
{
    const int32_t skipped = -(pairs - 1) & (EK_TILE_UNROLLED_PAIRS - 1);
    return skipped * EK_TILE_PAIR_BYTES + 1;
}

/* 4 pixels; at least 2 pairs. */
void ek_matmul_4x2_dsp(const ek_tile_dsp *tile);

/* 1 pixel, the same weights, or those of ek_matmul_short_dsp.h; `y_stride` and `entry` are not used. */
void ek_matmul_1x2_floor_dsp(const ek_tile_dsp *tile);
void ek_matmul_1x2_two_sided_dsp(const ek_tile_dsp *tile);
void ek_matmul_1x2_short_dsp(const ek_tile_dsp *tile);

#ifdef __cplusplus
}
#endif

#endif
