/* SPDX-License-Identifier: MIT-0 */
/* Depthwise convolution, 4 channels of a pixel at a time: a tap is one product in each half of two words. */
#include "ek_depthwise_conv_2d_dsp_s8.h"

#include "ek_dsp.h"
#include "ek_math.h"

/* The window of a pixel: its top left corner, and which of its rows and columns lie inside the input. */
typedef struct {
    int32_t at; /* bytes from the start of x; negative in the padding */
    int32_t first_row, last_row; /* last: behind */
    int32_t first_column, last_column;
} window;

static inline void tap(uint32_t inputs, uint32_t weights, int32_t sums[4])
{
    const uint32_t even = ek_even_bytes(inputs), odd = ek_odd_bytes(inputs);
    const uint32_t even_weights = ek_even_bytes(weights), odd_weights = ek_odd_bytes(weights);

    sums[0] = ek_mla_low(even, even_weights, sums[0]);
    sums[1] = ek_mla_low(odd, odd_weights, sums[1]);
    sums[2] = ek_mla_high(even, even_weights, sums[2]);
    sums[3] = ek_mla_high(odd, odd_weights, sums[3]);
}

/* The inputs of 4 output channels, the first of which is `channel`. */
static inline uint32_t four_inputs(const int8_t *pixel, int32_t channel, int32_t multiplier)
{
    if (multiplier == 1) {
        return ek_load_4(pixel + channel);
    }
    uint32_t word = 0;
    for (int32_t i = 0; i < 4; ++i) {
        word |= (uint32_t)(pixel[(channel + i) / multiplier] & 0xff) << (8 * i);
    }
    return word;
}

static inline void inside(const ek_depthwise_conv_2d_dsp *layer, const int8_t *from, int32_t channel,
                          int32_t multiplier, const uint32_t *w, int32_t sums[4])
{
    const int32_t column_step = layer->dilation_w * layer->input_c;
    const int32_t row_step = layer->dilation_h * layer->input_w * layer->input_c - layer->kernel_w * column_step;
    int32_t s[4] = {0, 0, 0, 0};

    for (int32_t row = layer->kernel_h; row > 0; --row, from += row_step) {
        for (int32_t column = layer->kernel_w; column > 0; --column, from += column_step) {
            tap(four_inputs(from, channel, multiplier), *w++, s);
        }
    }
    memcpy(sums, s, sizeof s);
}

static void at_border(const ek_depthwise_conv_2d_dsp *layer, const window *of, const int8_t *x, int32_t channel,
                      const uint32_t *w, int32_t sums[4])
{
    const uint32_t padding = (uint32_t)(layer->input_zero_point & 0xff) * 0x01010101u;
    const int32_t row_step = layer->dilation_h * layer->input_w * layer->input_c;
    const int32_t column_step = layer->dilation_w * layer->input_c;

    sums[0] = sums[1] = sums[2] = sums[3] = 0;
    for (int32_t row = 0; row < layer->kernel_h; ++row) {
        const int outside = row < of->first_row || row >= of->last_row;
        int32_t at = of->at + row * row_step;
        for (int32_t column = 0; column < layer->kernel_w; ++column, at += column_step) {
            const int padded = outside || column < of->first_column || column >= of->last_column;
            tap(padded ? padding : four_inputs(x + at, channel, layer->depth_multiplier), *w++, sums);
        }
    }
}

static void to_output(const ek_depthwise_conv_2d_dsp *layer, const int32_t sums[4], const uint32_t *constants, int8_t *y)
{
    for (int32_t i = 0; i < 4; ++i, constants += 2) {
        const int32_t shift = (int32_t)(constants[8 - 2 * i] >> (8 * i) & 0xff);
        const int32_t addend = layer->output_zero_point * (1 << shift) + (1 << (shift - 1));
        const int32_t t = (int32_t)(constants[0] + 2 * (uint32_t)sums[i]);
        const int32_t v = ek_mla_high_word_rounded(t, (int32_t)constants[1], addend) + (t >> 31);
        y[i] = (int8_t)ek_saturate_8(v >> shift);
    }
}

static void pixel(const ek_depthwise_conv_2d_dsp *layer, const window *of, const int8_t *x, int8_t *y)
{
    const int32_t channels = layer->input_c * layer->depth_multiplier;
    const int32_t taps = layer->kernel_h * layer->kernel_w;
    const int whole = of->last_row - of->first_row == layer->kernel_h &&
                      of->last_column - of->first_column == layer->kernel_w;
    const uint32_t *w = layer->weights;

    for (int32_t c = 0; c < channels; c += 4, w += taps + 9) {
        const int32_t channel = ek_min(c, channels - 4);
        int32_t sums[4];
        if (!whole) {
            at_border(layer, of, x, channel, w, sums);
        } else if (layer->depth_multiplier == 1) {
            inside(layer, x + of->at, channel, 1, w, sums);
        } else {
            inside(layer, x + of->at, channel, layer->depth_multiplier, w, sums);
        }
        to_output(layer, sums, w + taps, y + channel);
    }
}

/* The taps of `n` that lie inside [0, size) when the first is at `at`. */
static void clip(int32_t at, int32_t step, int32_t n, int32_t size, int32_t *first, int32_t *last)
{
    *first = at < 0 ? ek_min(n, (-at + step - 1) / step) : 0;
    *last = at >= size ? *first : ek_min(n, (size - 1 - at) / step + 1);
    if (*last < *first) {
        *last = *first;
    }
}

void ek_depthwise_conv_2d_dsp_s8(const ek_depthwise_conv_2d_dsp *layer, const int8_t *x, int8_t *y)
{
    const int32_t channels = layer->input_c * layer->depth_multiplier;
    int8_t *out = y;
    window of;

    for (int32_t oy = 0; oy < layer->output_h; ++oy) {
        const int32_t row = oy * layer->stride_h - layer->pad_top;
        clip(row, layer->dilation_h, layer->kernel_h, layer->input_h, &of.first_row, &of.last_row);
        for (int32_t ox = 0; ox < layer->output_w; ++ox, out += channels) {
            const int32_t column = ox * layer->stride_w - layer->pad_left;
            clip(column, layer->dilation_w, layer->kernel_w, layer->input_w, &of.first_column, &of.last_column);
            of.at = (row * layer->input_w + column) * layer->input_c;
            pixel(layer, &of, x, out);
        }
    }
    ek_clamp_all(y, (int32_t)(out - y), layer->act_min, layer->act_max);
}
