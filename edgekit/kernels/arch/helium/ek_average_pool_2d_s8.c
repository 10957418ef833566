/* SPDX-License-Identifier: MIT-0 */
/* Average pooling for cores with Helium: 8 channels at a time. Input and output share scale and zero point, so the mean
 * of the raw values is the answer. */
#include "ek_average_pool_2d_s8.h"

#include "ek_math.h"
#include "ek_sum_helium.h"

/* One pixel from the window that starts at x. */
static void pixel(const ek_average_pool_2d *layer, const int8_t *x, ek_sum_window_helium window, int8_t *y)
{
    const int32_t count = window.rows * window.columns;
    const int32_t half = count >> 1;

    for (int32_t left = layer->channels; left > 0; left -= 8, x += 8, y += 8) {
        const int32_t now = left < 8 ? left : 8;
        int32_t sums[8];
        ek_sum_8_helium(window, x, now, sums);
        for (int32_t i = 0; i < now; ++i) {
            /* Rounds half away from zero: C's division truncates. */
            const int32_t mean = (sums[i] > 0 ? sums[i] + half : sums[i] - half) / count;
            y[i] = (int8_t)ek_clamp(mean, layer->act_min, layer->act_max);
        }
    }
}

void ek_average_pool_2d_s8(const ek_average_pool_2d *layer, const int8_t *x, int8_t *y)
{
    const int32_t c = layer->channels;

    for (int32_t oy = 0; oy < layer->output_h; ++oy) {
        const int32_t row = oy * layer->stride_h - layer->pad_top;
        const int32_t top = row < 0 ? 0 : row;
        const int32_t bottom = ek_min(row + layer->filter_h, layer->input_h);
        for (int32_t ox = 0; ox < layer->output_w; ++ox, y += c) {
            const int32_t column = ox * layer->stride_w - layer->pad_left;
            const int32_t left = column < 0 ? 0 : column;
            const int32_t right = ek_min(column + layer->filter_w, layer->input_w);
            const ek_sum_window_helium window = {bottom - top, layer->input_w * c, right - left, c};
            pixel(layer, x + (top * layer->input_w + left) * c, window, y);
        }
    }
}
