/* SPDX-License-Identifier: MIT-0 */
/* Bilinear resizing in float. */
#include "ek_resize_bilinear_f32.h"

void ek_resize_bilinear_f32(const ek_resize_bilinear_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t i = 0; i < layer->output_h; ++i) {
        const float *above = x + layer->rows[2 * i];
        const float *below = x + layer->rows[2 * i + 1];
        const float *row = layer->row_weights + 2 * i;
        for (int32_t j = 0; j < layer->output_w; ++j) {
            const int32_t left = layer->columns[2 * j];
            const int32_t right = layer->columns[2 * j + 1];
            const float *column = layer->column_weights + 2 * j;
            for (int32_t c = 0; c < layer->channels; ++c) {
                float sum = above[left + c] * row[0] * column[0];
                sum += below[left + c] * row[1] * column[0];
                sum += above[right + c] * row[0] * column[1];
                sum += below[right + c] * row[1] * column[1];
                *y++ = sum;
            }
        }
    }
}
