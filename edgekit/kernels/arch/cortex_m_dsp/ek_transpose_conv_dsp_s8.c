/* SPDX-License-Identifier: MIT-0 */
/* Transposed 2-D convolution as one convolution for each phase of the strides. */
#include "ek_transpose_conv_dsp_s8.h"

#include "ek_clamp_dsp.h"
#include "ek_conv_2d_dsp_s8.h"
#include "ek_dsp.h"
#include "ek_math.h"

/* Rows `first` on of a band of one phase; `row` is a convolution of one row. */
static void run_phase(const ek_transpose_conv_dsp *layer, const ek_phase_dsp *phase, ek_conv_2d_dsp *row, int32_t first,
                      const int8_t *copy, int8_t *y, int8_t *scratch)
{
    const int32_t end = ek_min(first + layer->band, phase->rows);
    const int32_t y_row = layer->stride_h * layer->output_w * layer->output_c;

    row->output_w = phase->columns;
    row->inner.words = phase->words;
    row->inner.count = phase->count;
    row->inner.gap = layer->copied_row - 4 * phase->words;
    row->pairs = phase->pairs;
    row->two_sided = phase->two_sided;
    row->scale = phase->scale;
    row->weights = layer->weights + phase->weights;
    copy += phase->start;
    for (int32_t i = first; i < end; ++i, copy += layer->copied_row) {
        ek_conv_2d_dsp_s8(row, copy, y + phase->y_start + i * y_row, scratch);
    }
}

void ek_transpose_conv_dsp_s8(const ek_transpose_conv_dsp *layer, const int8_t *x, int8_t *y, int8_t *scratch)
{
    const ek_phase_dsp *const phases = (const ek_phase_dsp *)(const void *)layer->phases;
    const ek_copied_dsp copied = {layer->input_h,    layer->input_row, layer->copied_rows,
                                  layer->copied_row, layer->pad_left,  layer->input_zero_point};
    int8_t *const copy = scratch + 16 * layer->pairs;
    ek_conv_2d_dsp row = {
        .output_h = 1,
        .output_c = layer->output_c,
        .y_step = layer->stride_w * layer->output_c,
        .column_step = layer->input_c,
        .outer_count = 1,
        .band = 1,
        .act_min = INT8_MIN,
        .act_max = INT8_MAX,
    };

    for (int32_t first = 0; first * layer->stride_h < layer->output_h; first += layer->band) {
        ek_copy_rows_dsp(&copied, x, first - layer->pad_top, copy);
        for (int32_t i = 0; i < layer->phase_count; ++i) {
            run_phase(layer, phases + i, &row, first, copy, y, scratch);
        }
    }
    ek_clamp_all(y, layer->output_h * layer->output_w * layer->output_c, layer->act_min, layer->act_max);
}
