/* SPDX-License-Identifier: MIT-0 */
/* Joins tensors run by run. */
#include "ek_concatenation_s8.h"

#include "ek_arch.h"

void ek_concatenation_s8(const ek_concatenation *layer, const int8_t *const *x, int8_t *y)
{
    for (int32_t i = 0; i < layer->outer; ++i) {
        for (int32_t part = 0; part < layer->parts; ++part) {
            const int32_t run = layer->runs[part];
            ek_copy_s8(y, x[part] + i * run, run);
            y += run;
        }
    }
}
