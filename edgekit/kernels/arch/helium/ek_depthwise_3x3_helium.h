/* SPDX-License-Identifier: MIT-0 */
/* Depthwise 3x3 products of a row of pixels, in assembly.
 *
 * For 16 channels at a time, the three input rows are interleaved: a table holds, column after column, a word for each
 * channel, whose bytes are the channel's three inputs of that column and one without meaning. Three words of a channel
 * are then a window, and one VMLADAVA its products. Weights of a group of 4 channels are
 *
 *   weights    [4][3 columns][4 rows], zeros in the fourth row
 *   multiplier [4] int32, shift [4] int8
 *   bias       [4] int32, the input's zero point folded in
 *
 * Requantization is that of ek_matmul_helium.h, without limits but those of int8.
 */
#ifndef EK_DEPTHWISE_3X3_HELIUM_H
#define EK_DEPTHWISE_3X3_HELIUM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of a column of the table. */
#define EK_COLUMN_BYTES_HELIUM 64

/* The assembly reads the fields by their offsets. */
typedef struct {
    const int8_t *rows[3];
    int32_t steps[3]; /* bytes from column to column of each row */
    int8_t *inside;   /* where in the table the first column of the rows goes */
    int32_t columns;  /* of the rows; those beside them are in the table already */
    int8_t *table;    /* aligned to 4 bytes */
    int8_t *y;
    int32_t channels; /* a multiple of 4 */
    int32_t pixels;
    const uint32_t *weights;
    int32_t zero_point;
} ek_depthwise_3x3_row_helium;

typedef void ek_depthwise_3x3_function_helium(const ek_depthwise_3x3_row_helium *row);

/* Stride 1 and stride 2. */
ek_depthwise_3x3_function_helium ek_depthwise_3x3_s1_floor_helium;
ek_depthwise_3x3_function_helium ek_depthwise_3x3_s1_two_sided_helium;
ek_depthwise_3x3_function_helium ek_depthwise_3x3_s2_floor_helium;
ek_depthwise_3x3_function_helium ek_depthwise_3x3_s2_two_sided_helium;

#ifdef __cplusplus
}
#endif

#endif
