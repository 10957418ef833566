/* SPDX-License-Identifier: MIT-0 */
/* See ek_columns_helium.h. */
#include "ek_columns_helium.h"

#include "ek_math.h"
#include "ek_rows_helium.h"

ek_spread_helium ek_spread_of_helium(int32_t bytes, int32_t step)
{
    ek_spread_helium spread = {bytes, step, 0, {0}};

    if (bytes <= 16) { /* places are bytes */
        spread.together = ek_min(16 / bytes, (256 - bytes) / step + 1);
        for (int32_t pixel = 0, place = 0; pixel < spread.together; ++pixel) {
            for (int32_t i = 0; i < bytes; ++i, ++place) {
                spread.places[place] = (uint8_t)(pixel * step + i);
            }
        }
    }
    return spread;
}

void ek_rows_to_columns_helium(const ek_columns_helium *is, const int8_t *x, int32_t first, int fresh, int8_t *to)
{
    const int32_t column = is->rows * is->input_c;
    const int32_t last = first + (is->rows - 1) * is->dilation;

    if (fresh || first < 0 || last >= is->input_h) {
        ek_fill_helium(to, is->zero_point, is->columns * column);
    }
    to += is->pad_left * column;
    for (int32_t row = first; row <= last; row += is->dilation, to += is->input_c) {
        if (row >= 0 && row < is->input_h) {
            ek_spread_pixels_helium(to, x + row * is->input_row, is->inside, &is->spread);
        }
    }
}
