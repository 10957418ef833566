/* SPDX-License-Identifier: MIT-0 */
/* Element-wise addition by two multiplications with one rounding. */
#include "ek_add_helium_s8.h"

#include "ek_add_helium.h"

void ek_add_helium_s8(const ek_add_helium *layer, const int8_t *a, const int8_t *b, int8_t *y)
{
    if (layer->ties_away) {
        ek_add_ties_away_helium(layer, a, b, y);
    } else {
        ek_add_floor_helium(layer, a, b, y);
    }
}
