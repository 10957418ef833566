/* SPDX-License-Identifier: MIT-0 */
/* One vector against 4 rows of weights at a time, in assembly, for layers with one scale for all rows.
 *
 * Words of weights are those of ek_matmul_dsp.h. For every 4 pairs of inputs: 4 words of rows 0 and 1, 4 words of rows 2
 * and 3; behind all pairs the 4 rows' starts. The other constants of a row are the same for all. */
#ifndef EK_MATMUL_1X4_DSP_H
#define EK_MATMUL_1X4_DSP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The assembly reads the fields by their offsets. */
typedef struct {
    const uint32_t *activations;     /* expanded, a multiple of 4 pairs */
    int8_t *y;
    const uint32_t *weights_end;
    const uint32_t *activations_end;
    int32_t entry;                   /* ek_vector_entry(pairs) */
    int32_t scale;                   /* a multiple of 256; floor only */
    int32_t multiplier;
    int32_t addend;                  /* two-sided only */
    int32_t shift;                   /* two-sided only */
    const uint32_t *weights;
} ek_vector_dsp;

#define EK_VECTOR_UNROLLED_QUADS 4
#define EK_VECTOR_QUAD_BYTES 108
#define EK_VECTOR_CHECK_BYTES 12 /* of code behind the unrolled quads */

/* Where the unrolled loop is entered, so that it ends with the last 4 of `pairs` pairs: the first 4 stand before it.
 * Bit 0 says Thumb. */
static inline int32_t ek_vector_entry(int32_t pairs)
{
    const int32_t quads = (pairs >> 2) - 1;
    const int32_t skipped = -quads & (EK_VECTOR_UNROLLED_QUADS - 1);

    if (quads == 0) {
        return EK_VECTOR_UNROLLED_QUADS * EK_VECTOR_QUAD_BYTES + EK_VECTOR_CHECK_BYTES + 1;
    }
    return skipped * EK_VECTOR_QUAD_BYTES + 1;
}

void ek_matmul_1x4_floor_dsp(const ek_vector_dsp *vector);
void ek_matmul_1x4_two_sided_dsp(const ek_vector_dsp *vector);

#ifdef __cplusplus
}
#endif

#endif
