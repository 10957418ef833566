/* SPDX-License-Identifier: MIT-0 */
/* The matrix products of cores with Helium (MVE): pixels against all channels, in assembly.
 *
 * Channels come by fours, inputs in chunks of 16; of a group of 4 channels stand one after the other:
 *
 *   weights     [chunks][4][16]
 *   bias        [4] int32, the input's zero point folded in
 *   multiplier  [4] int32   } not where one scale serves all channels
 *   shift       [4] int8    }
 *
 * The first chunk holds inputs [0, 16), the others end with input `depth`: where depth is no multiple of 16, the first
 * two overlap, and the weights of the overlap are zeros in the second. So exactly `depth` bytes are read, but never
 * less than 16; weights behind a depth below 16 are zeros.
 *
 * A sum becomes y = clamp(round(round(sum * multiplier / 2^31) * 2^shift) + zero_point). VQRDMULH is the first
 * rounding. The second has ties away from zero, VRSHL has them upwards: below zero 1 is taken off first, but for a
 * shift of 0. The `floor` forms leave that out, which clamping at the zero point hides. No shift is above 0.
 */
#ifndef EK_MATMUL_HELIUM_H
#define EK_MATMUL_HELIUM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EK_CHUNK_HELIUM 16

/* How sums become bytes. */
typedef struct {
    int32_t zero_point;
    int32_t act_min;
    int32_t act_max;
} ek_output_helium;

/* The assembly reads the fields by their offsets. */
typedef struct {
    const int8_t *x; /* first pixel */
    int32_t x_step;  /* bytes from pixel to pixel */
    int8_t *y;
    int32_t y_step;
    const uint32_t *weights;
    const uint32_t *weights_end; /* behind the last group */
    int32_t pixels;              /* at least 1 */
    int32_t skip;                /* bytes from the first chunk to the second */
    int32_t depth;
    int32_t chunks;
    ek_output_helium output;
} ek_pixels_helium;

/* 2 pixels by 4 channels at a time. */
void ek_matmul_2x4_floor_helium(const ek_pixels_helium *pixels);
void ek_matmul_2x4_two_sided_helium(const ek_pixels_helium *pixels);

/* One channel of a group. The assembly reads the fields by their offsets. */
typedef struct {
    const int8_t *x; /* first pixel */
    int32_t x_step;  /* bytes from pixel to pixel */
    int8_t *y;
    int32_t y_step;
    const int8_t *weights; /* of its first chunk */
    int32_t pixels;        /* at least 1 */
    int32_t skip;          /* bytes from the first chunk to the second */
    int32_t chunks;
    int32_t bias;
    int32_t multiplier;
    int32_t shift;
    ek_output_helium output;
} ek_channel_helium;

/* 4 pixels by 1 channel at a time. */
void ek_matmul_4x1_floor_helium(const ek_channel_helium *channel);
void ek_matmul_4x1_two_sided_helium(const ek_channel_helium *channel);

/* The assembly reads the fields by their offsets. */
typedef struct {
    const int8_t *x;
    int8_t *y;
    const uint32_t *weights;
    int32_t groups; /* of 4 channels, at least 1 */
    int32_t chunks;
    int32_t skip; /* bytes from the first chunk to the second */
    ek_output_helium output;
    int32_t multiplier; /* of the forms with one scale */
    int32_t shift;
} ek_vector_helium;

/* 1 pixel by 4 channels at a time. Return the end of the weights that they read. */
const uint32_t *ek_matmul_1x4_floor_helium(const ek_vector_helium *vector);
const uint32_t *ek_matmul_1x4_two_sided_helium(const ek_vector_helium *vector);

/* One scale for all channels. */
const uint32_t *ek_matmul_1x4_floor_shared_helium(const ek_vector_helium *vector);
const uint32_t *ek_matmul_1x4_two_sided_shared_helium(const ek_vector_helium *vector);

#ifdef __cplusplus
}
#endif

#endif
