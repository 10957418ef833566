/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_RELU_S16_H
#define EK_RELU_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x brought to the output's scale, clamped: RELU and RELU6 as layers of their own. */
typedef struct {
    int32_t elements;
    int32_t act_min; /* in output units */
    int32_t act_max;
    int32_t multiplier; /* input scale / output scale */
    int32_t shift;
} ek_relu_layer_s16;

void ek_relu_s16(const ek_relu_layer_s16 *layer, const int16_t *x, int16_t *y);

#ifdef __cplusplus
}
#endif

#endif
