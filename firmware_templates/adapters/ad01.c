/* SPDX-License-Identifier: MIT-0 */
/* Anomaly detection: 640 float32 (little-endian, as the core has them) are quantized into the model's input; the
 * results line shows one number, the mean squared error between them and the dequantized output. */
#include "adapter.h"

#include "ek_model.h"
#include "inputs.h"
#include "text.h"

#define VALUES 640

static float loaded[VALUES];
static float error;

size_t ek_adapter_bytes(void)
{
    return sizeof loaded;
}

uint8_t *ek_adapter_load(void)
{
    return (uint8_t *)loaded;
}

/* round(value / scale) + zero point, halves away from zero, clamped to int8. */
static int8_t quantize(float value)
{
    float scaled = value / EK_INPUT_SCALE;
    int32_t rounded;

    if (!(scaled > -1000.0f)) { /* a NaN too */
        return -128;
    }
    if (scaled > 1000.0f) {
        return 127;
    }
    rounded = (int32_t)(scaled < 0.0f ? scaled - 0.5f : scaled + 0.5f) + EK_INPUT_ZERO_POINT;
    return (int8_t)(rounded < -128 ? -128 : rounded > 127 ? 127 : rounded);
}

void ek_adapter_prepare(void)
{
    int8_t *input = (int8_t *)ek_inputs_write(0);

    for (int i = 0; i < VALUES; i++) {
        input[i] = quantize(loaded[i]);
    }
}

void ek_adapter_finish(void)
{
    const int8_t *output = ek_model_output(0);
    float sum = 0.0f;

    for (int i = 0; i < VALUES; i++) {
        float difference = (float)(output[i] - EK_OUTPUT_ZERO_POINT) * EK_OUTPUT_SCALE - loaded[i];
        sum += difference * difference;
    }
    error = sum / (float)VALUES;
}

void ek_adapter_put_results(void)
{
    ek_put_fixed3(error);
}
