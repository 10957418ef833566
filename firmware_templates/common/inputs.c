/* SPDX-License-Identifier: MIT-0 */
#include "inputs.h"

#include <string.h>

#include "crc32.h"
#include "ek_model.h"
#include "system.h"
#include "text.h"

static const uint32_t input_bytes[EK_INPUT_COUNT] = EK_INPUT_BYTES;
static const uint32_t output_bytes[EK_OUTPUT_COUNT] = EK_OUTPUT_BYTES;
static int inputs_are_kept;
static int outputs_valid;

size_t ek_input_bytes(int index)
{
    return input_bytes[index];
}

size_t ek_output_bytes(int index)
{
    return output_bytes[index];
}

uint8_t *ek_inputs_write(int index)
{
    if (inputs_are_kept) {
        ek_inputs_restore(); /* what is not loaded anew stays as it was */
        inputs_are_kept = 0;
    }
    outputs_valid = 0;
    return (uint8_t *)ek_model_input(index);
}

int ek_inputs_kept(void)
{
    size_t spare;
    size_t needed = 0;

    for (int i = 0; i < EK_INPUT_COUNT; i++) {
        needed += input_bytes[i];
    }
    (void)ek_spare_ram(&spare);
    return needed <= spare;
}

void ek_inputs_restore(void)
{
    size_t spare;
    uint8_t *kept = ek_spare_ram(&spare);

    outputs_valid = 0;
    ek_model_reset();
    if (!ek_inputs_kept()) {
        return;
    }
    for (int i = 0; i < EK_INPUT_COUNT; i++) {
        uint8_t *input = (uint8_t *)ek_model_input(i);
        if (inputs_are_kept) {
            memcpy(input, kept, input_bytes[i]);
        } else {
            memcpy(kept, input, input_bytes[i]);
        }
        kept += input_bytes[i];
    }
    inputs_are_kept = 1;
}

uint32_t ek_input_crc(int index)
{
    return ek_crc32((const uint8_t *)ek_model_input(index), input_bytes[index]);
}

int ek_infer_report(int status)
{
    if (status != 0) {
        ek_put("e-[Inference failed with status ");
        ek_put(status < 0 ? "-" : "");
        ek_put_u32(status < 0 ? 0u - (uint32_t)status : (uint32_t)status);
        ek_put_line("]");
    }
    ek_infer_done(status);
    return status;
}

void ek_infer_done(int status)
{
    outputs_valid = status == 0;
}

int ek_outputs_valid(void)
{
    return outputs_valid;
}
