/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_ARG_MAX_S8_H
#define EK_ARG_MAX_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = where the largest element along one dimension stands, the first of several. */
typedef struct {
    int32_t outer; /* elements of the dimensions before it */
    int32_t size;
    int32_t inner; /* elements of the dimensions behind it */
} ek_arg_max;

/* x [outer][size][inner], y [outer][inner]. */
void ek_arg_max_s8(const ek_arg_max *layer, const int8_t *x, int32_t *y);

#ifdef __cplusplus
}
#endif

#endif
