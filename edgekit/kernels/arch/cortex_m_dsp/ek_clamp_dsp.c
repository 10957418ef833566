/* SPDX-License-Identifier: MIT-0 */
#include "ek_clamp_dsp.h"

#include "ek_dsp.h"

void ek_clamp_bytes_dsp(int8_t *values, int32_t n, int32_t low, int32_t high)
{
    const uint32_t lows = (uint32_t)(low & 0xff) * 0x01010101u;
    const uint32_t highs = (uint32_t)(high & 0xff) * 0x01010101u;

    for (; n >= 4; n -= 4, values += 4) {
        const uint32_t word = ek_smaller_bytes(ek_greater_bytes(ek_load_4(values), lows), highs);
        memcpy(values, &word, sizeof word);
    }
    for (; n > 0; --n, ++values) {
        *values = (int8_t)(*values < low ? low : *values > high ? high : *values);
    }
}
