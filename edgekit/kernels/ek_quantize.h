/* SPDX-License-Identifier: MIT-0 */
/* Real numbers to integers. */
#ifndef EK_QUANTIZE_H
#define EK_QUANTIZE_H

#include <stdint.h>

#include "ek_math.h"

/* Beyond every quotient that an int8 or int16 output can tell apart, whatever its zero point. */
#define EK_LARGEST_QUOTIENT 65536.0f

/* x / scale to nearest, halves away from zero, at most EK_LARGEST_QUOTIENT in magnitude; 0 where x is no number. */
EK_INLINE int32_t ek_round_quotient(float x, float scale)
{
    const float quotient = x / scale;

    if (quotient >= EK_LARGEST_QUOTIENT) {
        return (int32_t)EK_LARGEST_QUOTIENT;
    }
    if (quotient <= -EK_LARGEST_QUOTIENT) {
        return -(int32_t)EK_LARGEST_QUOTIENT;
    }
    if (!(quotient == quotient)) {
        return 0;
    }
    const int32_t whole = (int32_t)quotient;
    const float rest = quotient - (float)whole;
    return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

#endif
