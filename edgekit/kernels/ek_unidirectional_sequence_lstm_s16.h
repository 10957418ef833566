/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_UNIDIRECTIONAL_SEQUENCE_LSTM_S16_H
#define EK_UNIDIRECTIONAL_SEQUENCE_LSTM_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A long short-term memory over several steps of time, int16 with int8 weights; it goes on where the last call ended.
 *
 * Gates stand in the order input, forget, cell, output. All zero points are 0.
 */
typedef struct {
    int32_t steps;
    int32_t inputs;
    int32_t units;
    int32_t input_multipliers[4]; /* of each gate: from sums to 12 fractional bits; 15 bits */
    int32_t input_shifts[4];
    int32_t hidden_multipliers[4];
    int32_t hidden_shifts[4];
    int32_t cell_multiplier; /* of input gate times cell gate */
    int32_t cell_shift;
    int32_t cell_limit; /* the cell stays between this and its negative; 0: no limit */
    int32_t tanh_factor; /* cell * factor / 2^shift is its place in the table */
    int32_t tanh_shift;
    int32_t output_multiplier; /* of output gate times tanh(cell) */
    int32_t output_shift;
    const int8_t *input_weights;  /* [4][units][inputs] */
    const int64_t *bias;          /* [4][units] */
    const int8_t *hidden_weights; /* [4][units][units] */
    const uint16_t *sigmoid;      /* [256]: the logistic function at i / 24, 16 fractional bits */
} ek_unidirectional_sequence_lstm_layer_s16;

/* x [steps][inputs], y [steps][units]; hidden [units]; cell [units]. */
void ek_unidirectional_sequence_lstm_s16(const ek_unidirectional_sequence_lstm_layer_s16 *layer, const int16_t *x,
                                         int16_t *hidden, int16_t *cell, int16_t *y);

#ifdef __cplusplus
}
#endif

#endif
