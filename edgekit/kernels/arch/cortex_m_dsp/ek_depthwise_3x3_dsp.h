/* SPDX-License-Identifier: MIT-0 */
/* Depthwise 3x3 of one channel after another, in assembly, on rows of 4 channels expanded to pairs of 16 bits.
 *
 * Stride 1: pair i of a row is (a[i - 1], a[i + 1]), a[0] being the row's first input without padding to the left. Rows
 * lie by twos in a slot: for every two pairs [row 2][channel 4][pair 2]. Two output rows need two slots.
 * Stride 2: pair i of a row is (a[2 i], a[2 i + 1]); for every two pairs [channel 4][pair 2].
 *
 * The parameters of a channel, 5 words: 9 weights and the shift as bytes (0: floor form), start, multiplier:
 *   stride 1: w00 w01 w02 w11  w10 w21 w12 -  w20 shift w22 -
 *   stride 2: w00 w02 w01 w12  w10 w22 w11 -  w20 shift w21 -
 * The forms of requantization are those of ek_matmul_dsp.h, the floor form with scale 2^12.
 */
#ifndef EK_DEPTHWISE_3X3_DSP_H
#define EK_DEPTHWISE_3X3_DSP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EK_DEPTHWISE_WORDS 5

/* Rows to expand. A row is, from left to right: `left` pixels of padding (0 or 1), then those of x, then padding. The
 * steps that read only pixels of x are counted by `full`. The assembly reads the fields by their offsets. */
typedef struct {
    uint32_t padding; /* 4 bytes */
    int32_t left;
    int32_t full;
    int32_t rest;       /* pixels of x in the step after: 0 or 1 (stride 1), 0 to 3 (stride 2) */
    int32_t blank;      /* steps of padding alone */
    int32_t pixel_step; /* of x, bytes */
    int32_t row_step;   /* of x, bytes */
    int32_t gap;        /* bytes from the end of the first expanded row to the start of the next */
    int32_t next_gap;   /* the same for the second row; they alternate */
} ek_rows_dsp;

/* Expands 4 channels of `count` > 0 rows. */
void ek_depthwise_expand_s1_dsp(const int8_t *from, uint32_t *to, const ek_rows_dsp *rows, int32_t count);
void ek_depthwise_expand_s2_dsp(const int8_t *from, uint32_t *to, const ek_rows_dsp *rows, int32_t count);

/* One channel of a block of output. The assembly reads the fields by their offsets. */
typedef struct {
    int32_t addend; /* of the two-sided form */
    int32_t shift;
    int32_t column_step;         /* of y, bytes */
    int32_t row_step;            /* of y, bytes; 0 where there is only the first row of two. Not for stride 2 */
    const uint32_t *columns_end; /* of the first row: where its output columns done by twos end */
    int32_t row_bytes;           /* of a slot or an expanded row */
    int32_t next_row;            /* bytes of y from behind the columns done by twos to the next row (or two) */
    int32_t rows;                /* of output (by twos) */
    int32_t last_row_step;       /* row_step of the last two rows; stride 2: minus the bytes up to columns_end */
    int32_t odd;                 /* 1: one more output column */
    const uint32_t *rows_from;   /* the channel in the first expanded row */
    int8_t *y;
    const uint32_t *parameters;
} ek_depthwise_tile_dsp;

/* At least 2 output columns. */
void ek_depthwise_3x3_s1_floor_dsp(const ek_depthwise_tile_dsp *tile);
void ek_depthwise_3x3_s1_two_sided_dsp(const ek_depthwise_tile_dsp *tile);
void ek_depthwise_3x3_s2_floor_dsp(const ek_depthwise_tile_dsp *tile);
void ek_depthwise_3x3_s2_two_sided_dsp(const ek_depthwise_tile_dsp *tile);

typedef void ek_depthwise_function_dsp(const ek_depthwise_tile_dsp *tile);

/* Runs the function of the form that tile->parameters are for. */
static inline void ek_depthwise_channel_dsp(ek_depthwise_tile_dsp *tile, int32_t output_zero_point,
                                            ek_depthwise_function_dsp *floor, ek_depthwise_function_dsp *two_sided)
{
    const int32_t shift = (int32_t)(tile->parameters[2] >> 8 & 0xff);

    if (shift == 0) {
        floor(tile);
        return;
    }
    tile->addend = output_zero_point * (1 << shift) + (1 << (shift - 1));
    tile->shift = shift;
    two_sided(tile);
}

#ifdef __cplusplus
}
#endif

#endif
