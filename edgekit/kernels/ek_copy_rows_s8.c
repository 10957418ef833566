/* SPDX-License-Identifier: MIT-0 */
/* Rows on their way into a band, word by word upwards. */
#include "ek_copy_rows_s8.h"

#include "ek_arch.h"

void ek_copy_rows_s8(const int8_t *from, int8_t *to, int32_t n)
{
    ek_copy_s8(to, from, n);
}
