/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_QUANTIZE_F32_S8_H
#define EK_QUANTIZE_F32_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = x / scale to nearest, halves away from zero, plus the zero point; clamped, and the zero point for what is no number.
 */
typedef struct {
    int32_t elements;
    int32_t zero_point;
    float scale;
} ek_quantize_layer_f32_s8;

void ek_quantize_f32_s8(const ek_quantize_layer_f32_s8 *layer, const float *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
