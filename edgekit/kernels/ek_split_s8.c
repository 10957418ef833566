/* SPDX-License-Identifier: MIT-0 */
/* Cuts a tensor run by run. */
#include "ek_split_s8.h"

#include "ek_arch.h"

void ek_split_s8(const ek_split *layer, const int8_t *x, int8_t *const *y)
{
    for (int32_t i = 0; i < layer->outer; ++i) {
        for (int32_t part = 0; part < layer->parts; ++part) {
            const int32_t run = layer->runs[part];
            ek_copy_s8(y[part] + i * run, x, run);
            x += run;
        }
    }
}
