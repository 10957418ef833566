/* SPDX-License-Identifier: Apache-2.0 */
/* The assembly of kernels/arch/cortex_m_dsp in plain C: the same packed data, step by step, under the sanitizers. */
#include "dsp_forms.h"
#include "ek_depthwise_3x3_dsp.h"
#include "ek_depthwise_pixel_dsp.h"
#include "ek_dsp.h"

static uint32_t pixel(const int8_t **from, int32_t stride)
{
    const uint32_t word = ek_load_4(*from);
    *from += stride;
    return word;
}

/* Two channels of pixels a and b, bytes 2 * high and 2 * high + 1, as pairs. */
static void pairs_of(uint32_t a, uint32_t b, int high, uint32_t *first, uint32_t *second)
{
    const int32_t shift = high ? 16 : 0;
    *first = ek_halves((int8_t)(a >> shift & 0xff), (int8_t)(b >> shift & 0xff));
    *second = ek_halves((int8_t)(a >> (shift + 8) & 0xff), (int8_t)(b >> (shift + 8) & 0xff));
}

static void expand_row_s1(const int8_t *from, uint32_t *to, const ek_rows_dsp *rows)
{
    const int32_t stride = rows->pixel_step;
    uint32_t last[2];

    last[0] = rows->left ? rows->padding : pixel(&from, stride);
    last[1] = pixel(&from, stride);
    for (int32_t step = 0; step < rows->full + rows->rest + rows->blank; ++step, to += 16) {
        const uint32_t a = step < rows->full + rows->rest ? pixel(&from, stride) : rows->padding;
        const uint32_t b = step < rows->full ? pixel(&from, stride) : rows->padding;
        for (int high = 0; high < 2; ++high) {
            pairs_of(last[0], a, high, to + 4 * high, to + 4 * high + 2);
            pairs_of(last[1], b, high, to + 4 * high + 1, to + 4 * high + 3);
        }
        last[0] = a;
        last[1] = b;
    }
}

void ek_depthwise_expand_s1_dsp(const int8_t *from, uint32_t *to, const ek_rows_dsp *rows, int32_t count)
{
    const int32_t steps = rows->full + rows->rest + rows->blank;

    for (int32_t row = 0; row < count; ++row) {
        expand_row_s1(from, to, rows);
        from += (1 - rows->left + 2 * rows->full) * rows->pixel_step + rows->between;
        to += 16 * steps + (row % 2 ? rows->next_gap : rows->gap) / 4;
    }
}

static void expand_row_s2(const int8_t *from, uint32_t *to, const ek_rows_dsp *rows, int32_t steps)
{
    for (int32_t step = 0; step < steps; ++step, to += 8) {
        const int32_t counted = step - rows->left;
        uint32_t pixels[4];
        for (int32_t i = 0; i < 4; ++i) {
            const int inside = counted < 0 ? i > 0 : counted < rows->full || (counted == rows->full && i < rows->rest);
            pixels[i] = inside ? pixel(&from, rows->pixel_step) : rows->padding;
        }
        for (int high = 0; high < 2; ++high) {
            pairs_of(pixels[0], pixels[1], high, to + 4 * high, to + 4 * high + 2);
            pairs_of(pixels[2], pixels[3], high, to + 4 * high + 1, to + 4 * high + 3);
        }
    }
}

void ek_depthwise_expand_s2_dsp(const int8_t *from, uint32_t *to, const ek_rows_dsp *rows, int32_t count)
{
    const int32_t steps = rows->left + rows->full + (rows->rest > 0) + rows->blank;

    for (int32_t row = 0; row < count; ++row, to += 8 * steps) {
        expand_row_s2(from, to, rows, steps);
        from += (3 * rows->left + 4 * rows->full) * rows->pixel_step + rows->between;
    }
}

/* A channel of a tile. */
typedef struct {
    const uint32_t *rows_from;
    const uint32_t *parameters;
    int8_t *y;
} channel;

static int8_t depthwise_result(const ek_depthwise_tile_dsp *tile, const channel *of, int32_t acc)
{
    const uint32_t *constants = of->parameters + 3;
    const int32_t shift = (int32_t)(of->parameters[2] >> 8 & 0xff);
    if (shift > 0) {
        const int32_t addend = tile->zero_point * (1 << (shift - 1));
        return (int8_t)two_sided_form((int32_t)constants[0], (int32_t)constants[1], addend, shift, acc);
    }
    return (int8_t)byte_floor_form(constants, 40, acc);
}

static int32_t weight(const channel *of, int32_t stride, int32_t row, int32_t column)
{
    static const int8_t places[2][3][3] = {{{0, 1, 2}, {4, 3, 6}, {8, 5, 10}}, {{0, 2, 1}, {4, 6, 3}, {8, 10, 5}}};
    const int32_t byte = places[stride - 1][row][column];
    return (int8_t)(of->parameters[byte / 4] >> (8 * (byte % 4)) & 0xff);
}

/* Input `column` of expanded row `row`. */
static int32_t input(const ek_depthwise_tile_dsp *tile, const channel *of, int32_t stride, int32_t row, int32_t column)
{
    const uint32_t *words = of->rows_from;
    const int32_t row_words = tile->row_bytes / 4;
    if (stride == 2) {
        const uint32_t *pair = words + row * row_words + column / 4 * 8 + column / 2 % 2;
        return column % 2 ? ek_high(*pair) : ek_low(*pair);
    }
    words += row / 2 * row_words + row % 2 * 8;
    /* Pair i is (a[i - 1], a[i + 1]); `column` counts from a[-1]. */
    const int32_t i = column < 2 ? column : column - 2;
    const uint32_t pair = words[i / 2 * 16 + i % 2];
    return column < 2 ? ek_low(pair) : ek_high(pair);
}

static int8_t depthwise_output(const ek_depthwise_tile_dsp *tile, const channel *of, int32_t stride, int32_t y,
                               int32_t x)
{
    int32_t acc = 0;
    for (int32_t row = 0; row < 3; ++row) {
        for (int32_t column = 0; column < 3; ++column) {
            acc +=
                weight(of, stride, row, column) * input(tile, of, stride, stride * y + row, stride * x + column);
        }
    }
    return depthwise_result(tile, of, acc);
}

static void depthwise_channel(const ek_depthwise_tile_dsp *tile, const channel *of, int32_t stride)
{
    const int32_t even = 2 * tile->columns_bytes / (stride == 1 ? 64 : 32);
    const int32_t odd = tile->rows & 1;
    const int32_t rows = (tile->rows >> 1) + 1;
    int8_t *y = of->y;

    for (int32_t row = 0; row < rows; ++row, y += even * tile->column_step + tile->next_row) {
        const int32_t step = row > 0 && row == rows - 1 ? tile->last_row_step : tile->row_step;
        const int32_t lines = stride == 1 && step != 0 ? 2 : 1;
        for (int32_t line = 0; line < lines; ++line) {
            for (int32_t x = 0; x < even + odd; ++x) {
                y[x * tile->column_step + line * step] =
                    depthwise_output(tile, of, stride, (stride == 1 ? 2 : 1) * row + line, x);
            }
        }
    }
}

static void depthwise(const ek_depthwise_tile_dsp *tile, int32_t stride)
{
    channel of = {tile->rows_from, tile->parameters, tile->y};

    for (int32_t i = 0; i < tile->channels; ++i) {
        depthwise_channel(tile, &of, stride);
        of.rows_from += tile->channel_step / 4;
        of.parameters += EK_DEPTHWISE_WORDS;
        ++of.y;
    }
}

void ek_depthwise_3x3_s1_dsp(const ek_depthwise_tile_dsp *tile)
{
    depthwise(tile, 1);
}

void ek_depthwise_3x3_s2_dsp(const ek_depthwise_tile_dsp *tile)
{
    depthwise(tile, 2);
}

/* Channel i of a word. */
static int32_t byte_of(uint32_t word, int32_t i)
{
    return (int8_t)(word >> (8 * i) & 0xff);
}

/* The weight of channel i for `tap`; the first tap has a word of its own. */
static int32_t pixel_weight(const uint32_t *w, int32_t tap, int32_t i)
{
    if (tap == 0) {
        return byte_of(w[0], i);
    }
    return byte_of(w[1 + (tap - 1) / 2 * 2 + i / 2], (tap - 1) % 2 * 2 + i % 2);
}

/* One pixel: `word_at` gives word `group` of a tap. */
static void depthwise_pixel(const void *pixel, uint32_t (*word_at)(const void *pixel, int32_t tap, int32_t group),
                            const uint32_t *w, const uint32_t *end, int32_t taps, int two_sided, int8_t *y)
{
    const int32_t constants = two_sided ? 4 : 2;

    for (int32_t group = 0; w != end; w += taps + 4 * constants, ++group) {
        for (int32_t i = 0; i < 4; ++i) {
            const uint32_t *c = w + taps + i * constants;
            int32_t acc = 0;
            for (int32_t tap = 0; tap < taps; ++tap) {
                acc += byte_of(word_at(pixel, tap, group), i) * pixel_weight(w, tap, i);
            }
            *y++ = (int8_t)(two_sided ? two_sided_form((int32_t)c[0], (int32_t)c[1], (int32_t)c[2], (int32_t)c[3], acc)
                                      : floor_form(c, 1 << 12, acc));
        }
    }
}

static uint32_t at_place(const void *pixel, int32_t tap, int32_t group)
{
    const ek_depthwise_places_dsp *places = pixel;
    return ek_load_4(places->x + places->taps[tap] + 4 * group);
}

void ek_depthwise_at_places_dsp(const ek_depthwise_places_dsp *pixel)
{
    const int32_t taps = (int32_t)(pixel->taps_end - pixel->taps);
    depthwise_pixel(pixel, at_place, pixel->weights, pixel->weights_end, taps, pixel->two_sided, pixel->y);
}

static uint32_t at_pointer(const void *pixel, int32_t tap, int32_t group)
{
    const ek_depthwise_pointers_dsp *pointers = pixel;
    return ek_load_4(pointers->taps[tap] + 4 * group);
}

void ek_depthwise_at_pointers_dsp(const ek_depthwise_pointers_dsp *pixel)
{
    const int32_t taps = (int32_t)(pixel->taps_end - pixel->taps);
    depthwise_pixel(pixel, at_pointer, pixel->weights, pixel->weights_end, taps, pixel->two_sided, pixel->y);
}
