/* SPDX-License-Identifier: MIT-0 */
/* The largest of each channel over a window, 16 at a time, in assembly. */
#ifndef EK_MAX_HELIUM_H
#define EK_MAX_HELIUM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The assembly reads the fields by their offsets. */
typedef struct {
    int32_t rows;       /* at least 1 */
    int32_t row_stride; /* bytes */
    int32_t columns;    /* at least 1 */
    int32_t column_stride; /* bytes */
    int32_t act_min;
    int32_t act_max;
} ek_max_window_helium;

void ek_max_window_s8_helium(const ek_max_window_helium *window, const int8_t *x, int32_t channels, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
