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
 * The forms of requantization are those of ek_matmul_dsp.h, but the floor form's
 *   y = sat8(((start + 2^8 * acc) * multiplier) >> 40)
 * Sums begin with the start, and weights are taken 2^8 (two-sided: 2) times.
 */
#ifndef EK_DEPTHWISE_3X3_DSP_H
#define EK_DEPTHWISE_3X3_DSP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define EK_DEPTHWISE_WORDS 5
#define EK_DEPTHWISE_PAIRS 2 /* of a channel that stand together in an expanded row */

/* Rows to expand. A row is, from left to right: `left` pixels of padding (0 or 1), then those of x, then padding. The
 * steps that read only pixels of x are counted by `full`. The assembly reads the fields by their offsets. */
typedef struct {
    int32_t pixel_step; /* of x, bytes */
    int32_t full;
    int32_t left;
    int32_t rest;     /* pixels of x in the step after: 0 or 1 (stride 1), 0 to 3 (stride 2) */
    int32_t blank;    /* steps of padding alone */
    int32_t gap;      /* stride 1: bytes from the end of the first expanded row to the start of the next */
    int32_t next_gap; /* the same for the second row; they alternate */
    uint32_t padding; /* 4 bytes */
    int32_t between;  /* bytes of x to the next row: from the last pixel of the steps before `rest` (stride 1), or from
                         behind it (stride 2) */
} ek_rows_dsp;

/* Expands 4 channels of `count` > 0 rows. */
void ek_depthwise_expand_s1_dsp(const int8_t *from, uint32_t *to, const ek_rows_dsp *rows, int32_t count);
void ek_depthwise_expand_s2_dsp(const int8_t *from, uint32_t *to, const ek_rows_dsp *rows, int32_t count);

/* Channels of a block of output, each in its form. The assembly reads the fields by their offsets. */
typedef struct {
    int32_t next_row;      /* bytes of y from behind the columns done by twos to the next row (or two) */
    int32_t column_step;   /* of y, bytes */
    int32_t last_row_step; /* row_step of the last two rows. Stride 2: bytes of rows, like next_row */
    int32_t zero_point;    /* 2 * that of y + 1 */
    int32_t row_bytes;     /* of a slot or an expanded row, to the next one */
    int32_t columns_bytes; /* of the output columns done by twos, in a slot or an expanded row */
    int32_t channel_step;  /* bytes of an expanded row from channel to channel: 0 where they read the same */
    int32_t rows;          /* ek_depthwise_rows_dsp */
    int32_t row_step;      /* of y, bytes; 0 where there is only the first row of two. Not for stride 2 */
    const uint32_t *rows_from; /* the first channel in the first expanded row */
    int8_t *y;
    const uint32_t *parameters;
    int32_t channels;
} ek_depthwise_tile_dsp;

/* Output rows (by twos), at least 1, and 1 for an odd number of columns. */
static inline int32_t ek_depthwise_rows_dsp(int32_t rows, int32_t odd)
{
    return 2 * (rows - 1) + odd;
}

/* At least 2 output columns. */
typedef void ek_depthwise_function_dsp(const ek_depthwise_tile_dsp *tile);
ek_depthwise_function_dsp ek_depthwise_3x3_s1_dsp;
ek_depthwise_function_dsp ek_depthwise_3x3_s2_dsp;

/* The channels made of the 4 in `rows`: all together, or with a depth multiplier those of each. */
static inline void ek_depthwise_four_channels_dsp(ek_depthwise_tile_dsp *tile, const uint32_t *rows,
                                                  int32_t depth_multiplier, ek_depthwise_function_dsp *function)
{
    tile->rows_from = rows;
    if (depth_multiplier == 1) {
        tile->channel_step = EK_DEPTHWISE_PAIRS * (int32_t)sizeof *rows;
        tile->channels = 4;
        function(tile);
        return;
    }
    tile->channel_step = 0;
    tile->channels = depth_multiplier;
    for (int32_t i = 0; i < 4; ++i) {
        function(tile);
        tile->rows_from += EK_DEPTHWISE_PAIRS;
        tile->y += depth_multiplier;
        tile->parameters += EK_DEPTHWISE_WORDS * depth_multiplier;
    }
}

#ifdef __cplusplus
}
#endif

#endif
