/* SPDX-License-Identifier: MIT-0 */
/* Matrix products of two tensors in float. */
#include "ek_batch_matmul_f32.h"

static float dot(const ek_batch_matmul_layer_f32 *layer, const float *a, const float *b)
{
    const int32_t a_step = layer->a_depth_stride;
    const int32_t b_step = layer->b_depth_stride;
    float sum = 0.0f;

    for (int32_t k = 0; k < layer->depth; ++k, a += a_step, b += b_step) {
        sum += *a * *b;
    }
    return sum;
}

static float *one_matrix(const ek_batch_matmul_layer_f32 *layer, const float *a, const float *b, float *y)
{
    for (int32_t i = 0; i < layer->rows; ++i, a += layer->a_row_stride) {
        const float *column = b;
        for (int32_t j = 0; j < layer->columns; ++j, column += layer->b_column_stride) {
            *y++ = dot(layer, a, column);
        }
    }
    return y;
}

void ek_batch_matmul_f32(const ek_batch_matmul_layer_f32 *layer, const float *a, const float *b, float *y)
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
