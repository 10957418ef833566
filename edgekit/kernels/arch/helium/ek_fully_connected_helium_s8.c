/* SPDX-License-Identifier: MIT-0 */
/* Fully connected layer, 4 features at a time. */
#include "ek_fully_connected_helium_s8.h"

#include "ek_matmul_helium.h"
#include "ek_rows_helium.h"

static const uint32_t *product(const ek_fully_connected_helium *layer, const ek_vector_helium *vector)
{
    if (layer->per_channel) {
        return layer->two_sided ? ek_matmul_1x4_two_sided_helium(vector) : ek_matmul_1x4_floor_helium(vector);
    }
    return layer->two_sided ? ek_matmul_1x4_two_sided_shared_helium(vector)
                            : ek_matmul_1x4_floor_shared_helium(vector);
}

static void one_row(const ek_fully_connected_helium *layer, ek_vector_helium *vector, int8_t *y)
{
    const int32_t groups = layer->out_features >> 2;

    vector->weights = layer->weights;
    vector->groups = groups;
    vector->y = y;
    if (groups > 0) {
        vector->weights = product(layer, vector);
        y += 4 * groups;
    }
    if (layer->out_features & 3) {
        int8_t last[4];
        vector->groups = 1;
        vector->y = last;
        product(layer, vector);
        for (int32_t i = 0; i < (layer->out_features & 3); ++i) {
            y[i] = last[i];
        }
    }
}

void ek_fully_connected_helium_s8(const ek_fully_connected_helium *layer, const int8_t *x, int8_t *y)
{
    int8_t few[EK_CHUNK_HELIUM];
    ek_vector_helium vector;

    vector.chunks = (layer->in_features + EK_CHUNK_HELIUM - 1) / EK_CHUNK_HELIUM;
    vector.skip = layer->in_features - EK_CHUNK_HELIUM * (vector.chunks - 1);
    vector.output.zero_point = layer->output_zero_point;
    vector.output.act_min = layer->act_min;
    vector.output.act_max = layer->act_max;
    vector.multiplier = layer->multiplier;
    vector.shift = layer->shift;
    for (int32_t row = 0; row < layer->rows; ++row, x += layer->in_features, y += layer->out_features) {
        vector.x = x;
        if (layer->in_features < EK_CHUNK_HELIUM) {
            ek_copy_helium(few, x, layer->in_features);
            vector.x = few;
        }
        one_row(layer, &vector, y);
    }
}
