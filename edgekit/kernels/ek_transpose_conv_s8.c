/* SPDX-License-Identifier: MIT-0 */
/* Transposed 2-D convolution, phase by phase: the pixels of x that reach a pixel of y are laid out as one run of bytes
 * and multiplied with 4 channels at a time. */
#include "ek_transpose_conv_s8.h"

#include "ek_arch.h"
#include "ek_math.h"

/* One phase: its filters are rows x columns pixels wide. */
typedef struct {
    int32_t rows;
    int32_t columns;
    const int8_t *weights;
    const int32_t *bias;
} phase;

/* Copies the window whose top left corner is (row, column) of x, which may lie outside, to `to`. */
static void gather(const ek_transpose_conv *layer, const phase *p, const int8_t *x, int32_t row, int32_t column,
                   int8_t *to)
{
    const int32_t c = layer->input_c;
    const int32_t run = p->columns * c;

    for (int32_t i = 0; i < p->rows; ++i, ++row, to += run) {
        const int32_t x_row = row * layer->input_w * c;
        if (row < 0 || row >= layer->input_h) {
            ek_fill_s8(to, layer->input_zero_point, run);
        } else if (column >= 0 && column + p->columns <= layer->input_w) {
            ek_copy_s8(to, x + (x_row + column * c), run);
        } else {
            for (int32_t j = 0; j < p->columns; ++j) {
                if (column + j < 0 || column + j >= layer->input_w) {
                    ek_fill_s8(to + j * c, layer->input_zero_point, c);
                } else {
                    ek_copy_s8(to + j * c, x + (x_row + (column + j) * c), c);
                }
            }
        }
    }
}

/* Channels [o, o + count) of a pixel. */
EK_INLINE void put(const ek_transpose_conv *layer, const phase *p, const int32_t *sums, int32_t o, int32_t count,
                   int8_t *restrict y)
{
    const ek_output output = {layer->output_zero_point, layer->act_min, layer->act_max};

    for (int32_t i = 0; i < count; ++i, ++o) {
        const int32_t acc = ek_add_wrapping(sums[i], p->bias[o]);
        y[o] = ek_output_s8(acc, layer->multiplier[o], layer->shift[o], output);
    }
}

/* All channels of one pixel from its window. */
static void pixel(const ek_transpose_conv *layer, const phase *p, const int8_t *window, int8_t *restrict y)
{
    const int32_t k = p->rows * p->columns * layer->input_c;
    const int8_t *w = p->weights;
    int32_t sums[4];
    int32_t o = 0;

    for (; o + 4 <= layer->output_c; o += 4, w += 4 * k) {
        ek_dot_4x1_s8(window, w, k, sums);
        put(layer, p, sums, o, 4, y);
    }
    for (; o < layer->output_c; ++o, w += k) {
        sums[0] = ek_dot_s8(window, w, k);
        put(layer, p, sums, o, 1, y);
    }
}

/* How many of `kernel` taps stand `stride` apart from `first` on. */
static int32_t taps(int32_t kernel, int32_t first, int32_t stride)
{
    return first < kernel ? (kernel - first - 1) / stride + 1 : 0;
}

void ek_transpose_conv_s8(const ek_transpose_conv *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    const int32_t c = layer->output_c;
    const int32_t sh = layer->stride_h;
    const int32_t sw = layer->stride_w;
    phase p = {0, 0, layer->weights, layer->bias};

    for (int32_t py = 0; py < sh; ++py) {
        const int32_t base_y = (py + layer->pad_top) / sh;
        p.rows = taps(layer->kernel_h, (py + layer->pad_top) % sh, sh);
        for (int32_t px = 0; px < sw; ++px) {
            const int32_t base_x = (px + layer->pad_left) / sw;
            p.columns = taps(layer->kernel_w, (px + layer->pad_left) % sw, sw);
            for (int32_t oy = py, row = base_y - p.rows + 1; oy < layer->output_h; oy += sh, ++row) {
                for (int32_t ox = px, column = base_x - p.columns + 1; ox < layer->output_w; ox += sw, ++column) {
                    gather(layer, &p, x, row, column, scratch);
                    pixel(layer, &p, scratch, y + (oy * layer->output_w + ox) * c);
                }
            }
            p.weights += p.rows * p.columns * layer->input_c * c;
            p.bias += c;
        }
    }
}
