/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_ADD_HELIUM_S8_H
#define EK_ADD_HELIUM_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ek_add of tensors of one shape, for cores with Helium:
 *
 *   t = a_factor * a + b_factor * b + start
 *   y = act((t + addend + (ties_away ? t >> 31 : 0)) >> shift)
 *
 * The host has compared this with the three roundings of ek_add for all 65536 pairs of inputs. The assembly reads the
 * fields by their offsets. */
typedef struct {
    int32_t count; /* elements */
    int32_t a_factor;
    int32_t b_factor;
    int32_t start;
    int32_t addend;
    int32_t ties_away; /* 0: `addend` is 0 */
    int32_t shift;
    int32_t act_min; /* fused activation, in output units */
    int32_t act_max;
} ek_add_helium;

void ek_add_helium_s8(const ek_add_helium *layer, const int8_t *a, const int8_t *b, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
