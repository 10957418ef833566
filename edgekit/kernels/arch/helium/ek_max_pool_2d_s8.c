/* SPDX-License-Identifier: MIT-0 */
/* Max pooling for cores with Helium: 16 channels at a time. */
#include "ek_max_pool_2d_s8.h"

#include "ek_math.h"
#include "ek_max_helium.h"

void ek_max_pool_2d_s8(const ek_max_pool_2d *layer, const int8_t *x, int8_t *y)
{
    const int32_t c = layer->channels;
    ek_max_window_helium window = {0, layer->input_w * c, 0, c, layer->act_min, layer->act_max};

    for (int32_t oy = 0; oy < layer->output_h; ++oy) {
        const int32_t row = oy * layer->stride_h - layer->pad_top;
        const int32_t top = row < 0 ? 0 : row;
        window.rows = ek_min(row + layer->filter_h, layer->input_h) - top;
        for (int32_t ox = 0; ox < layer->output_w; ++ox, y += c) {
            const int32_t column = ox * layer->stride_w - layer->pad_left;
            const int32_t left = column < 0 ? 0 : column;
            window.columns = ek_min(column + layer->filter_w, layer->input_w) - left;
            ek_max_window_s8_helium(&window, x + (top * layer->input_w + left) * c, c, y);
        }
    }
}
