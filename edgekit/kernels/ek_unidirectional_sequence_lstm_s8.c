/* SPDX-License-Identifier: MIT-0 */
/* LSTM: four gates of the input and the last output decide what the cell forgets, learns and shows. */
#include "ek_unidirectional_sequence_lstm_s8.h"

#include "ek_arch.h"
#include "ek_lstm.h"
#include "ek_sigmoid_table.h"

/* Where a gate's sum stands in the table. */
static int32_t gate(const ek_unidirectional_sequence_lstm *layer, int32_t which, int32_t unit, const int8_t *x,
                    const int8_t *hidden)
{
    const int32_t row = which * layer->units + unit;
    const int32_t input = ek_add_wrapping(ek_dot_s8(x, layer->input_weights + row * layer->inputs, layer->inputs),
                                          layer->input_bias[row]);
    const int32_t before = ek_add_wrapping(ek_dot_s8(hidden, layer->hidden_weights + row * layer->units, layer->units),
                                           layer->hidden_bias[row]);
    return ek_lstm_place(ek_rescale(input, layer->input_multipliers[which], layer->input_shifts[which]),
                         ek_rescale(before, layer->hidden_multipliers[which], layer->hidden_shifts[which]));
}

void ek_unidirectional_sequence_lstm_s8(const ek_unidirectional_sequence_lstm *layer, const int8_t *x, int8_t *hidden,
                                        int16_t *cell, int8_t *y)
{
    const uint16_t *table = layer->sigmoid;

    for (int32_t step = 0; step < layer->steps; ++step, x += layer->inputs, y += layer->units) {
        for (int32_t unit = 0; unit < layer->units; ++unit) {
            const int32_t input = ek_logistic_at(table, gate(layer, EK_LSTM_INPUT, unit, x, hidden));
            const int32_t forget = ek_logistic_at(table, gate(layer, EK_LSTM_FORGET, unit, x, hidden));
            const int32_t output = ek_logistic_at(table, gate(layer, EK_LSTM_OUTPUT, unit, x, hidden));
            const int32_t learned = input * ek_tanh_at(table, gate(layer, EK_LSTM_CELL, unit, x, hidden));
            cell[unit] = (int16_t)ek_lstm_next_cell(cell[unit], forget, learned, layer->cell_multiplier,
                                                    layer->cell_shift, layer->cell_limit);
            const int32_t shown = ek_tanh_at(table, ek_table_place(cell[unit], layer->tanh_factor, layer->tanh_shift));
            const int32_t v = ek_rescale(output * shown, layer->output_multiplier, layer->output_shift);
            y[unit] = (int8_t)ek_clamp(v + layer->output_zero_point, INT8_MIN, INT8_MAX);
        }
        ek_copy_s8(hidden, y, layer->units);
    }
}
