/* SPDX-License-Identifier: MIT-0 */
/* Sums of neighbouring channels over a window, 8 at a time. */
#ifndef EK_SUM_HELIUM_H
#define EK_SUM_HELIUM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The assembly reads the fields by their offsets. */
typedef struct {
    int32_t rows;
    int32_t row_stride; /* bytes */
    int32_t columns;
    int32_t column_stride; /* bytes */
} ek_sum_window_helium;

/* Adds `channels` (1 to 8) channels of the window to sums[0 ... 7], in assembly; at most 255 columns. */
void ek_sum_rows_helium(const ek_sum_window_helium *window, const int8_t *x, int32_t channels, int32_t sums[8]);

/* sums[i] = sum of channel i over the window. */
static inline void ek_sum_8_helium(ek_sum_window_helium window, const int8_t *x, int32_t channels, int32_t sums[8])
{
    const int32_t most = 255;
    int32_t left = window.columns;

    for (int32_t i = 0; i < 8; ++i) {
        sums[i] = 0;
    }
    for (; left > 0; left -= most, x += most * window.column_stride) {
        window.columns = left < most ? left : most;
        ek_sum_rows_helium(&window, x, channels, sums);
    }
}

#ifdef __cplusplus
}
#endif

#endif
