/* SPDX-License-Identifier: MIT-0 */
/* The exponential function in single precision, without a C library. */
#ifndef EK_EXP_H
#define EK_EXP_H

#ifdef __cplusplus
extern "C" {
#endif

/* exp(x) for any x, within 1.1 units in the last place; infinity beyond the largest number, a NaN for a NaN. */
float ek_exp(float x);

/* exp(x) - 1 for x <= 0, within 1 unit in the last place, also next to 0. */
float ek_expm1(float x);

#ifdef __cplusplus
}
#endif

#endif
