/* SPDX-License-Identifier: MIT-0 */
/* Depthwise products of a row of pixels, 16 channels at a time, in assembly.
 *
 * Products of bytes are 16 bits wide; two taps are added up there, then widened: the host guarantees that no channel
 * has two weights of -128 in a pair. Widening takes even lanes apart from odd ones, twice, so a block's constants come
 * for channels 0, 4, 8, 12, then 2, 6, 10, 14, then 1, 5, 9, 13, then 3, 7, 11, 15. A block of 16 channels is
 *
 *   bias    [4][4] int32, the input's zero point folded in
 *   weights [taps][16], an even number of taps
 *   4 times: multiplier [4] int32, shift [4] int8
 *
 * Requantization is that of ek_matmul_helium.h.
 */
#ifndef EK_DEPTHWISE_HELIUM_H
#define EK_DEPTHWISE_HELIUM_H

#include <stdint.h>

#include "ek_matmul_helium.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The assembly reads the fields by their offsets. */
typedef struct {
    const int8_t *x; /* window of the first pixel */
    int32_t x_step;  /* bytes from pixel to pixel */
    int8_t *y;
    int32_t y_step;
    const uint32_t *weights;
    int32_t blocks; /* of 16 channels */
    int32_t pixels; /* at least 1 */
    int32_t pairs;  /* of taps */
    const int32_t *places; /* [2 * pairs], bytes from the window's start */
    ek_output_helium output;
} ek_depthwise_helium;

/* Reads and writes whole blocks. */
void ek_depthwise_floor_helium(const ek_depthwise_helium *row);
void ek_depthwise_two_sided_helium(const ek_depthwise_helium *row);

#ifdef __cplusplus
}
#endif

#endif
