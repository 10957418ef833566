/* SPDX-License-Identifier: Apache-2.0 */
/* ek_mean_window_dsp.S in plain C. */
#include "ek_dsp.h"
#include "ek_mean_window_dsp.h"

static int32_t quotient(const ek_mean_window_dsp *window, int32_t sum)
{
    const int32_t t = ek_low((uint32_t)(sum + ek_low(sum < 0 ? window->less : window->half)));
    return (int32_t)(((int64_t)window->multiplier * t >> 16) + window->addend) >> 16;
}

void ek_mean_4_dsp(const ek_mean_window_dsp *window, const int8_t *x, int32_t channels, int8_t *y)
{
    for (int32_t channel = 0; channel < channels; ++channel) {
        const int8_t *tap = x + channel;
        int32_t sum = 0;
        for (int32_t row = 0; row < window->rows; ++row, tap += window->gap) {
            for (int32_t column = 0; column < window->columns; ++column, tap += window->column_stride) {
                sum += *tap;
            }
        }
        y[channel] = (int8_t)quotient(window, sum);
    }
}
