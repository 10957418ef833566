/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_DEQUANTIZE_S8_F32_H
#define EK_DEQUANTIZE_S8_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = scale * (x - zero point), exact but for one rounding. */
typedef struct {
    int32_t elements;
    int32_t zero_point;
    float scale;
} ek_dequantize_layer_s8_f32;

void ek_dequantize_s8_f32(const ek_dequantize_layer_s8_f32 *layer, const int8_t *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
