/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_RSQRT_F32_H
#define EK_RSQRT_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = 1 / sqrt(x), both correctly rounded. */
typedef struct {
    int32_t elements;
} ek_rsqrt_layer_f32;

void ek_rsqrt_f32(const ek_rsqrt_layer_f32 *layer, const float *x, float *y);

#ifdef __cplusplus
}
#endif

#endif
