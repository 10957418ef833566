/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_SUB_F32_H
#define EK_SUB_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = act(a - b). */
typedef struct {
    int32_t shape[5];     /* of y, outermost first */
    int32_t a_strides[5]; /* in elements; 0 where a is broadcast */
    int32_t b_strides[5];
    float act_min; /* fused activation */
    float act_max;
} ek_sub_layer_f32;

void ek_sub_f32(const ek_sub_layer_f32 *layer, const float *a, const float *b, float *y);

#ifdef __cplusplus
}
#endif

#endif
