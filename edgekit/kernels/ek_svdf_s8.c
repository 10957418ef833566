/* SPDX-License-Identifier: MIT-0 */
/* SVDF: the newest feature goes in behind, the oldest falls out in front. */
#include "ek_svdf_s8.h"

#include "ek_arch.h"
#include "ek_math.h"

/* Shifts one feature's memory and sums it over time. */
static int32_t remember_s8(const ek_svdf *layer, int8_t *memory, int32_t newest, const int16_t *times)
{
    const int32_t last = layer->memory - 1;
    int32_t sum = 0;

    for (int32_t i = 0; i < last; ++i) {
        memory[i] = memory[i + 1];
        sum = ek_add_wrapping(sum, memory[i] * times[i]);
    }
    memory[last] = (int8_t)ek_clamp(newest, INT8_MIN, INT8_MAX);
    return ek_add_wrapping(sum, memory[last] * times[last]);
}

static int32_t remember_s16(const ek_svdf *layer, int16_t *memory, int32_t newest, const int16_t *times)
{
    const int32_t last = layer->memory - 1;
    int32_t sum = 0;

    for (int32_t i = 0; i < last; ++i) {
        memory[i] = memory[i + 1];
        sum = ek_add_wrapping(sum, memory[i] * times[i]);
    }
    memory[last] = (int16_t)ek_clamp(newest, INT16_MIN, INT16_MAX);
    return ek_add_wrapping(sum, memory[last] * times[last]);
}

void ek_svdf_s8(const ek_svdf *layer, const int8_t *x, void *state, int8_t *y)
{
    const int8_t *features = layer->features;
    const int16_t *times = layer->times;
    int8_t *short_state = state;
    int16_t *long_state = state;
    int32_t feature = 0;

    for (int32_t unit = 0; unit < layer->units; ++unit) {
        int32_t acc = layer->bias[unit];
        for (int32_t i = 0; i < layer->rank; ++i, ++feature, features += layer->inputs, times += layer->memory) {
            const int32_t sum = ek_dot_s8(x, features, layer->inputs) + layer->feature_bias[feature];
            const int32_t newest = ek_rescale(sum, layer->feature_multiplier, layer->feature_shift);
            const int32_t at = feature * layer->memory;
            acc = ek_add_wrapping(acc, layer->long_state ? remember_s16(layer, long_state + at, newest, times)
                                                         : remember_s8(layer, short_state + at, newest, times));
        }
        const int32_t v = ek_rescale(acc, layer->multiplier, layer->shift) + layer->output_zero_point;
        y[unit] = (int8_t)ek_clamp(v, INT8_MIN, INT8_MAX);
    }
}
