/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_RESIZE_BILINEAR_F32_H
#define EK_RESIZE_BILINEAR_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x in another size, every pixel a blend of the four that it lies between (NHWC).
 *
 * For each row and each column of y: where in x the neighbour before begins and where the one behind, in elements; and
 * what the former and the latter count.
 */
typedef struct {
    int32_t output_h;
    int32_t output_w;
    int32_t channels;
    const int32_t *rows;         /* [output_h][2] */
    const int32_t *columns;      /* [output_w][2] */
    const float *row_weights;    /* [output_h][2] */
    const float *column_weights; /* [output_w][2] */
} ek_resize_bilinear_layer_f32;

void ek_resize_bilinear_f32(const ek_resize_bilinear_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
