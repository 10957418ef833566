/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a model's profile build on the host: reads samples (all inputs, in order) from stdin; writes for each the output
 * of every layer after its step, then all outputs of a whole run. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define JOIN_(a, b) a##b
#define JOIN(a, b) JOIN_(a, b)
#include HEADER

static const int input_bytes[] = {INPUT_BYTES};
static const int output_bytes[] = {OUTPUT_BYTES};

enum { INPUTS = sizeof input_bytes / sizeof input_bytes[0], OUTPUTS = sizeof output_bytes / sizeof output_bytes[0] };

static int8_t sample[SAMPLE_BYTES];

static void feed(void)
{
    const int8_t *from = sample;
    for (int i = 0; i < INPUTS; from += input_bytes[i++]) {
        memcpy(JOIN(MODEL, _input)(i), from, (size_t)input_bytes[i]);
    }
}

int main(void)
{
    if (JOIN(MODEL, _init)() != 0 || JOIN(MODEL, _input)(INPUTS) != NULL || JOIN(MODEL, _input)(-1) != NULL ||
        JOIN(MODEL, _output)(OUTPUTS) != NULL || JOIN(MODEL, _step)(LAYERS) != -1 ||
        JOIN(MODEL, _layer_name)(LAYERS) != NULL || (uintptr_t)JOIN(MODEL, _input)(0) % 16 != 0) {
        return 1;
    }
    while (fread(sample, sizeof sample, 1, stdin) == 1) {
        feed();
        for (int layer = 0; layer < LAYERS; ++layer) {
            int bytes;
            if (JOIN(MODEL, _step)(layer) != 0) {
                return 2;
            }
            const void *output = JOIN(MODEL, _layer_output)(layer, &bytes);
            fwrite(output, 1, (size_t)bytes, stdout);
        }
        feed();
        if (JOIN(MODEL, _run)() != 0) {
            return 3;
        }
        for (int i = 0; i < OUTPUTS; ++i) {
            fwrite(JOIN(MODEL, _output)(i), 1, (size_t)output_bytes[i], stdout);
        }
    }
    return 0;
}
