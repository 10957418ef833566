/* SPDX-License-Identifier: MIT-0 */
/* Moving bytes, 16 at a time, without a byte read or written outside. */
#ifndef EK_ROWS_HELIUM_H
#define EK_ROWS_HELIUM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

void ek_copy_helium(int8_t *to, const int8_t *from, int32_t n);
void ek_fill_helium(int8_t *to, int32_t value, int32_t n);

/* Bytes that are no neighbours: `blocks` times 16 places, in bytes from a start that then moves on by `step`. The
 * assembly reads the fields by their offsets. */
typedef struct {
    int32_t blocks;
    int32_t step;
    const uint32_t *places; /* [blocks][16] bytes */
} ek_sources_helium;

/* Collects n bytes. */
void ek_gather_helium(int8_t *to, const int8_t *from, int32_t n, const ek_sources_helium *sources);

/* The input rows of a band of output rows, with padding. */
typedef struct {
    int32_t input_h;
    int32_t input_row;  /* bytes */
    int32_t copied_row; /* bytes, with padding */
    int32_t pad_left;   /* bytes */
    int32_t zero_point;
} ek_padded_rows_helium;

/* Copies `count` rows, from row `first` on, which may lie outside. */
static inline void ek_copy_rows_helium(const ek_padded_rows_helium *rows, const int8_t *x, int32_t first, int32_t count,
                                       int8_t *to)
{
    ek_fill_helium(to, rows->zero_point, count * rows->copied_row);
    for (int32_t row = first; row < first + count; ++row, to += rows->copied_row) {
        if (row >= 0 && row < rows->input_h) {
            ek_copy_helium(to + rows->pad_left, x + row * rows->input_row, rows->input_row);
        }
    }
}

/* How the windows of pixels are laid out as runs of bytes. The assembly reads the fields by their offsets. */
typedef struct {
    int32_t column_step;   /* bytes from window to window */
    int32_t slot;          /* bytes from laid out window to laid out window */
    int32_t runs;          /* of a window */
    int32_t run;           /* bytes */
    const int32_t *places; /* [runs], bytes from the window's start */
} ek_windows_helium;

/* Lays out `pixels` windows, the first at `from`. Behind each up to 15 bytes are overwritten. */
void ek_lay_out_windows_helium(const ek_windows_helium *windows, const int8_t *from, int8_t *to, int32_t pixels);

#ifdef __cplusplus
}
#endif

#endif
