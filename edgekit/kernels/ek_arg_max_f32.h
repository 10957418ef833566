/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_ARG_MAX_F32_H
#define EK_ARG_MAX_F32_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = where the largest element along one dimension stands, the first of several. */
typedef struct {
    int32_t outer; /* elements of the dimensions before it */
    int32_t size;
    int32_t inner; /* elements of the dimensions behind it */
} ek_arg_max_layer_f32;

/* x [outer][size][inner], y [outer][inner] */
void ek_arg_max_f32(const ek_arg_max_layer_f32 *layer, const float *x, int32_t *y);

#ifdef __cplusplus
}
#endif

#endif
