/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_BATCH_MATMUL_S8_H
#define EK_BATCH_MATMUL_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y[i][j] = sum over k of a[i][k] * b[k][j], for every pair of matrices; the three have scales of their own.
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
    int32_t a_zero_point;
    int32_t b_zero_point;
    int32_t output_zero_point;
    int32_t multiplier; /* scale of a * scale of b / scale of y */
    int32_t shift;
} ek_batch_matmul;

void ek_batch_matmul_s8(const ek_batch_matmul *layer, const int8_t *a, const int8_t *b, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
