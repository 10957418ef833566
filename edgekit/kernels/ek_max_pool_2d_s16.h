/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_MAX_POOL_2D_S16_H
#define EK_MAX_POOL_2D_S16_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = the largest value of the window, channel by channel (NHWC); padding is never part of the window. */
typedef struct {
    int32_t input_h;
    int32_t input_w;
    int32_t channels;
    int32_t output_h;
    int32_t output_w;
    int32_t filter_h;
    int32_t filter_w;
    int32_t stride_h;
    int32_t stride_w;
    int32_t pad_top;
    int32_t pad_left;
    int32_t act_min; /* fused activation */
    int32_t act_max;
} ek_max_pool_2d_layer_s16;

/* x [input_h][input_w][channels], y [output_h][output_w][channels] */
void ek_max_pool_2d_s16(const ek_max_pool_2d_layer_s16 *layer, const int16_t *x, int16_t *y);

#ifdef __cplusplus
}
#endif

#endif
