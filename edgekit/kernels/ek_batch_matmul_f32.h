/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_BATCH_MATMUL_F32_H
#define EK_BATCH_MATMUL_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[i][j] = sum over k of a[i][k] * b[k][j], for every pair of matrices; a sum begins with 0.
 *
 * Strides are in elements: a matrix that is transposed first is read across. Where one operand has fewer matrices, its
 * batch stride is 0.
 */
typedef struct {
    int32_t batch[3]; /* matrices, outermost dimension first */
    int32_t a_batch_strides[3];
    int32_t b_batch_strides[3];
    int32_t rows;
    int32_t columns;
    int32_t depth;
    int32_t a_row_stride;
    int32_t a_depth_stride;
    int32_t b_depth_stride;
    int32_t b_column_stride;
} ek_batch_matmul_layer_f32;

void ek_batch_matmul_f32(const ek_batch_matmul_layer_f32 *layer, const float *a, const float *b, float *y);

#ifdef __cplusplus
}
#endif

#endif
