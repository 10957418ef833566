/* SPDX-License-Identifier: MIT-0 */
#include <stddef.h>

#include "clock.h"
#include "crc32.h"
#include "ek_commands.h"
#include "ek_layers.h"
#include "ek_model.h"
#include "inputs.h"
#include "text.h"

static int layer;

static int step(void)
{
    return ek_model_step(layer);
}

static void put_layer(uint64_t ticks, int with_data)
{
    int bytes = 0;
    const uint8_t *output = ek_model_layer_output(layer, &bytes);

    ek_put("m-ek-layer-[");
    ek_put_u32((uint32_t)layer);
    ek_put(",");
    ek_put_u64(ticks);
    ek_put(",");
    ek_put_u32((uint32_t)bytes);
    ek_put(",");
    ek_put_hex32(ek_crc32(output, (size_t)bytes));
    if (with_data) {
        ek_put(",");
        ek_put_hex(output, (size_t)bytes);
    }
    ek_put_line("]");
}

void ek_layers_answer(int with_data)
{
    int status = 0;

    ek_inputs_restore();
    ek_put_empty_ticks();
    for (layer = 0; layer < EK_LAYER_COUNT && status == 0; layer++) {
        uint64_t ticks = ek_clock_measure(step, &status);
        put_layer(ticks, with_data);
    }
    (void)ek_infer_report(status);
}
