/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_RESIZE_BILINEAR_S8_H
#define EK_RESIZE_BILINEAR_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x in another size, every pixel a blend of the four that it lies between (NHWC).
 *
 * For each row and each column of y, three numbers: where in x the neighbour before begins and where the one behind, in
 * elements, and what the latter counts, in 1/1024.
 */
typedef struct {
    int32_t output_h;
    int32_t output_w;
    int32_t channels;
    const int32_t *rows;    /* [output_h][3] */
    const int32_t *columns; /* [output_w][3] */
} ek_resize_bilinear;

void ek_resize_bilinear_s8(const ek_resize_bilinear *layer, const int8_t *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
