/* SPDX-License-Identifier: MIT-0 */
/* A copy by nested loops: y is written from its first byte to its last. */
#include "ek_strided_copy_s8.h"

#include "ek_arch.h"

/* The innermost loop; returns the end of what it wrote. */
static int8_t *copy_row(const ek_strided_copy *layer, const int8_t *x, int8_t *y)
{
    const int32_t rounds = layer->shape[4];
    const int32_t stride = layer->strides[4];
    const int32_t run = layer->run;

    if (run == 1) {
        for (int32_t i = 0; i < rounds; ++i) {
            y[i] = x[i * stride];
        }
        return y + rounds;
    }
    for (int32_t i = 0; i < rounds; ++i, y += run) {
        ek_copy_s8(y, x + i * stride, run);
    }
    return y;
}

void ek_strided_copy_s8(const ek_strided_copy *layer, const int8_t *x, int8_t *y)
{
    const int32_t *n = layer->shape;
    const int32_t *s = layer->strides;

    for (int32_t i = 0; i < n[0]; ++i) {
        for (int32_t j = 0; j < n[1]; ++j) {
            for (int32_t k = 0; k < n[2]; ++k) {
                for (int32_t l = 0; l < n[3]; ++l) {
                    y = copy_row(layer, x + (layer->first + i * s[0] + j * s[1] + k * s[2] + l * s[3]), y);
                }
            }
        }
    }
}
