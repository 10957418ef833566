/* SPDX-License-Identifier: MIT-0 */
/* Loops over an output of up to five dimensions and two inputs, either of which may be broadcast: int16. */
#ifndef EK_BROADCAST_S16_H
#define EK_BROADCAST_S16_H

#include <stdint.h>

#include "ek_compiler.h"

/* One run along the innermost dimension. */
typedef void (*ek_broadcast_run_s16)(const void *layer, const int16_t *a, const int16_t *b, int16_t *y);

/* `shape` is that of y, outermost first; strides are in elements, 0 where an input is broadcast. */
EK_INLINE void ek_broadcast_s16(const int32_t *shape, const int32_t *a_strides, const int32_t *b_strides,
                               ek_broadcast_run_s16 run, const void *layer, const int16_t *a, const int16_t *b, int16_t *y)
{
    for (int32_t i = 0; i < shape[0]; ++i) {
        for (int32_t j = 0; j < shape[1]; ++j) {
            for (int32_t k = 0; k < shape[2]; ++k) {
                const int16_t *a_row = a + i * a_strides[0] + j * a_strides[1] + k * a_strides[2];
                const int16_t *b_row = b + i * b_strides[0] + j * b_strides[1] + k * b_strides[2];
                for (int32_t l = 0; l < shape[3]; ++l, y += shape[4]) {
                    run(layer, a_row + l * a_strides[3], b_row + l * b_strides[3], y);
                }
            }
        }
    }
}

#endif
