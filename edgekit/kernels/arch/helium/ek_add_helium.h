/* SPDX-License-Identifier: MIT-0 */
/* The loops of ek_add_helium_s8, in assembly. */
#ifndef EK_ADD_HELIUM_H
#define EK_ADD_HELIUM_H

#include "ek_add_helium_s8.h"

#ifdef __cplusplus
extern "C" {
#endif

void ek_add_floor_helium(const ek_add_helium *layer, const int8_t *a, const int8_t *b, int8_t *y);
void ek_add_ties_away_helium(const ek_add_helium *layer, const int8_t *a, const int8_t *b, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
