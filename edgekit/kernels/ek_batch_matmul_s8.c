/* SPDX-License-Identifier: MIT-0 */
/* Matrix products of two tensors. */
#include "ek_batch_matmul_s8.h"

#include "ek_math.h"

static int32_t dot(const ek_batch_matmul *layer, const int8_t *a, const int8_t *b)
{
    const int32_t a_step = layer->a_depth_stride;
    const int32_t b_step = layer->b_depth_stride;
    const int32_t a_zero_point = layer->a_zero_point;
    const int32_t b_zero_point = layer->b_zero_point;
    int32_t sum = 0;

    for (int32_t k = 0; k < layer->depth; ++k, a += a_step, b += b_step) {
        sum += (*a - a_zero_point) * (*b - b_zero_point);
    }
    return sum;
}

static int8_t *one_matrix(const ek_batch_matmul *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    const ek_output output = {layer->output_zero_point, INT8_MIN, INT8_MAX};

    for (int32_t i = 0; i < layer->rows; ++i, a += layer->a_row_stride) {
        const int8_t *column = b;
        for (int32_t j = 0; j < layer->columns; ++j, column += layer->b_column_stride) {
            *y++ = ek_output_s8(dot(layer, a, column), layer->multiplier, layer->shift, output);
        }
    }
    return y;
}

void ek_batch_matmul_s8(const ek_batch_matmul *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    const int32_t *sa = layer->a_batch_strides;
    const int32_t *sb = layer->b_batch_strides;

    for (int32_t i = 0; i < layer->batch[0]; ++i) {
        for (int32_t j = 0; j < layer->batch[1]; ++j) {
            for (int32_t k = 0; k < layer->batch[2]; ++k) {
                y = one_matrix(layer, a + i * sa[0] + j * sa[1] + k * sa[2], b + i * sb[0] + j * sb[1] + k * sb[2], y);
            }
        }
    }
}
