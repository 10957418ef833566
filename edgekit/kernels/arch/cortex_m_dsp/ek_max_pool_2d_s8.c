/* SPDX-License-Identifier: MIT-0 */
/* Max pooling for cores with the DSP extension: 4 channels at a time. */
#include "ek_max_pool_2d_s8.h"

#include "ek_clamp_dsp.h"
#include "ek_dsp.h"
#include "ek_math.h"

/* The largest of 4 channels in `rows` x `columns` pixels; strides in bytes. */
static uint32_t largest_4(const int8_t *x, int32_t rows, int32_t row_stride, int32_t columns, int32_t column_stride)
{
    uint32_t largest = 0x80808080u;

    for (; rows > 0; --rows, x += row_stride) {
        const int8_t *tap = x;
        for (int32_t left = columns; left > 0; --left, tap += column_stride) {
            largest = ek_greater_bytes(largest, ek_load_4(tap));
        }
    }
    return largest;
}

static int32_t largest_1(const int8_t *x, int32_t rows, int32_t row_stride, int32_t columns, int32_t column_stride)
{
    int32_t largest = INT8_MIN;

    for (; rows > 0; --rows, x += row_stride) {
        const int8_t *tap = x;
        for (int32_t left = columns; left > 0; --left, tap += column_stride) {
            largest = *tap > largest ? *tap : largest;
        }
    }
    return largest;
}

/* One pixel from the `rows` x `columns` window that starts at x; ek_clamp_all does for the activation. */
static void pixel(const ek_max_pool_2d *layer, const int8_t *x, int32_t rows, int32_t columns, int8_t *y)
{
    const int32_t c = layer->channels;
    const int32_t row_stride = layer->input_w * c;
    int32_t channel = 0;

    for (; channel + 4 <= c; channel += 4) {
        const uint32_t word = largest_4(x + channel, rows, row_stride, columns, c);
        memcpy(y + channel, &word, sizeof word);
    }
    for (; channel < c; ++channel) {
        y[channel] = (int8_t)largest_1(x + channel, rows, row_stride, columns, c);
    }
}

void ek_max_pool_2d_s8(const ek_max_pool_2d *layer, const int8_t *x, int8_t *y)
{
    const int32_t c = layer->channels;
    int8_t *out = y;

    for (int32_t oy = 0; oy < layer->output_h; ++oy) {
        const int32_t row = oy * layer->stride_h - layer->pad_top;
        const int32_t top = row < 0 ? 0 : row;
        const int32_t bottom = ek_min(row + layer->filter_h, layer->input_h);
        for (int32_t ox = 0; ox < layer->output_w; ++ox, out += c) {
            const int32_t column = ox * layer->stride_w - layer->pad_left;
            const int32_t left = column < 0 ? 0 : column;
            const int32_t right = ek_min(column + layer->filter_w, layer->input_w);
            pixel(layer, x + (top * layer->input_w + left) * c, bottom - top, right - left, out);
        }
    }
    ek_clamp_all(y, (int32_t)(out - y), layer->act_min, layer->act_max);
}
