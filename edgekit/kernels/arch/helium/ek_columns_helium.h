/* SPDX-License-Identifier: MIT-0 */
/* Rows of an image as columns: pixel after pixel, the same pixel of all rows. A window of all rows and neighbouring
 * columns is then one run of bytes, and the next window begins a column behind it. */
#ifndef EK_COLUMNS_HELIUM_H
#define EK_COLUMNS_HELIUM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where pixels of `bytes` bytes go, `step` bytes apart; `together` of them at once by way of `places`, the targets of
 * each byte of a vector. The assembly reads the fields by their offsets. */
typedef struct {
    int32_t bytes;
    int32_t step;
    int32_t together; /* 0 where bytes > 16 */
    uint8_t places[16];
} ek_spread_helium;

ek_spread_helium ek_spread_of_helium(int32_t bytes, int32_t step);

/* Copies neighbouring pixels, at least 1. */
void ek_spread_pixels_helium(int8_t *to, const int8_t *from, int32_t pixels, const ek_spread_helium *spread);

typedef struct {
    int32_t input_h;
    int32_t input_row; /* bytes */
    int32_t input_c;
    int32_t rows;     /* of a column */
    int32_t dilation; /* from row to row */
    int32_t columns;  /* with padding */
    int32_t pad_left; /* columns */
    int32_t inside;   /* columns */
    int32_t zero_point;
    ek_spread_helium spread; /* of input_c bytes, rows * input_c apart */
} ek_columns_helium;

/* [columns][rows][input_c] at `to`, from row `first` on, which may lie outside; x is where the columns inside begin.
 * `fresh`: nothing stands there, else the same columns from another row on. */
void ek_rows_to_columns_helium(const ek_columns_helium *is, const int8_t *x, int32_t first, int fresh, int8_t *to);

#ifdef __cplusplus
}
#endif

#endif
