/* SPDX-License-Identifier: MIT-0 */
/* Input 0 as it is, straight into the model's arena; the results line shows the first EK_RESULTS values of
 * output 0, dequantized. */
#include "adapter.h"

#include "ek_model.h"
#include "inputs.h"
#include "text.h"

#define EK_RESULTS 64

static EK_OUTPUT_TYPE results[EK_RESULTS];
static size_t count;

size_t ek_adapter_bytes(void)
{
    return ek_input_bytes(0);
}

uint8_t *ek_adapter_load(void)
{
    return ek_inputs_write(0);
}

void ek_adapter_prepare(void)
{
}

void ek_adapter_finish(void)
{
    const int8_t *output = (const int8_t *)ek_model_output(0);
    size_t bytes = ek_output_bytes(0) < sizeof results ? ek_output_bytes(0) : sizeof results;

    for (size_t i = 0; i < bytes; i++) {
        ((int8_t *)results)[i] = output[i];
    }
    count = bytes / sizeof results[0];
}

void ek_adapter_put_results(void)
{
    for (size_t i = 0; i < count; i++) {
        ek_put(i > 0 ? "," : "");
        ek_put_fixed3((float)(results[i] - EK_OUTPUT_ZERO_POINT) * EK_OUTPUT_SCALE);
    }
}
