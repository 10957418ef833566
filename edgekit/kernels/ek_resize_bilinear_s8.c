/* SPDX-License-Identifier: MIT-0 */
/* Bilinear resizing with 10 bits behind the point along each axis. */
#include "ek_resize_bilinear_s8.h"

/* v / 2^20 to nearest, ties away from zero: C's division truncates. */
static int8_t rounded(int32_t v)
{
    return (int8_t)((v > 0 ? v + (1 << 19) : v - (1 << 19)) / (1 << 20));
}

void ek_resize_bilinear_s8(const ek_resize_bilinear *layer, const int8_t *x, int8_t *y)
{
    const int32_t *row = layer->rows;

    for (int32_t i = 0; i < layer->output_h; ++i, row += 3) {
        const int8_t *above = x + row[0];
        const int8_t *below = x + row[1];
        const int32_t *column = layer->columns;
        for (int32_t j = 0; j < layer->output_w; ++j, column += 3) {
            for (int32_t c = 0; c < layer->channels; ++c) {
                const int32_t left = column[0] + c;
                const int32_t right = column[1] + c;
                const int32_t before = above[left] * 1024 + (below[left] - above[left]) * row[2];
                const int32_t behind = above[right] * 1024 + (below[right] - above[right]) * row[2];
                *y++ = rounded(before * 1024 + (behind - before) * column[2]);
            }
        }
    }
}
