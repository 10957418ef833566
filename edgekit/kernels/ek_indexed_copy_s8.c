/* SPDX-License-Identifier: MIT-0 */
/* A copy by tables of offsets, one for each dimension. */
#include "ek_indexed_copy_s8.h"

#include "ek_arch.h"

void ek_indexed_copy_s8(const ek_indexed_copy *layer, const int8_t *x, int8_t *y)
{
    const int32_t run = layer->run;
    const int32_t *a = layer->offsets;
    const int32_t *b = a + layer->shape[0];
    const int32_t *c = b + layer->shape[1];

    for (int32_t i = 0; i < layer->shape[0]; ++i) {
        for (int32_t j = 0; j < layer->shape[1]; ++j) {
            const int8_t *row = x + (a[i] + b[j]);
            for (int32_t k = 0; k < layer->shape[2]; ++k, y += run) {
                ek_copy_s8(y, row + c[k], run);
            }
        }
    }
}
