/* SPDX-License-Identifier: MIT-0 */
/* Transposed 2-D convolution in float: every pixel of y collects what reaches it, 4 channels at a time. */
#include "ek_transpose_conv_f32.h"

#include "ek_float.h"
#include "ek_math.h"

/* Pixels [first, end) of x along one dimension reach a pixel of y, the first of them by the filter's tap `tap`, each
 * further one by a tap `stride` before. */
typedef struct {
    int32_t first;
    int32_t end;
    int32_t tap;
} reach;

/* Of the pixels of x, which are `stride` apart in y, those whose filter of `kernel` taps covers `place`. */
static reach reaching(int32_t place, int32_t kernel, int32_t stride, int32_t size)
{
    const int32_t below = place - kernel + 1;
    const int32_t first = below > 0 ? (below + stride - 1) / stride : 0;
    const reach found = {first, ek_min(place / stride + 1, size), place - first * stride};
    return found;
}

/* Channels of one pixel: `count` of them, 4 or 1, whose weights begin at w. */
static void sums_of(const ek_transpose_conv_layer_f32 *layer, const float *x, const reach *rows, const reach *columns,
                    const float *w, int32_t count, float sums[4])
{
    const int32_t c = layer->input_c;

    sums[0] = sums[1] = sums[2] = sums[3] = 0.0f;
    for (int32_t i = rows->first, ky = rows->tap; i < rows->end; ++i, ky -= layer->stride_h) {
        for (int32_t j = columns->first, kx = columns->tap; j < columns->end; ++j, kx -= layer->stride_w) {
            const float *from = x + (i * layer->input_w + j) * c;
            const float *tap = w + (ky * layer->kernel_w + kx) * c * count;
            if (count == 4) {
                ek_dot_4_f32(from, tap, c, sums);
            } else {
                sums[0] = ek_dot_f32(from, tap, c, sums[0]);
            }
        }
    }
}

static void pixel(const ek_transpose_conv_layer_f32 *layer, const float *x, const reach *rows, const reach *columns,
                  float *y)
{
    const int32_t k = layer->kernel_h * layer->kernel_w * layer->input_c;
    const float *w = layer->weights;
    float sums[4];

    for (int32_t o = 0; o < layer->output_c;) {
        const int32_t count = o + 4 <= layer->output_c ? 4 : 1;
        sums_of(layer, x, rows, columns, w, count, sums);
        for (int32_t i = 0; i < count; ++i, ++o) {
            y[o] = ek_clamp_f32(sums[i] + layer->bias[o], layer->act_min, layer->act_max);
        }
        w += count * k;
    }
}

void ek_transpose_conv_f32(const ek_transpose_conv_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t oy = 0; oy < layer->output_h; ++oy) {
        const reach rows = reaching(oy + layer->pad_top, layer->kernel_h, layer->stride_h, layer->input_h);
        for (int32_t ox = 0; ox < layer->output_w; ++ox, y += layer->output_c) {
            const reach columns = reaching(ox + layer->pad_left, layer->kernel_w, layer->stride_w, layer->input_w);
            pixel(layer, x, &rows, &columns, y);
        }
    }
}
