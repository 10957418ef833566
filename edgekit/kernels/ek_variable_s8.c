/* SPDX-License-Identifier: MIT-0 */
/* What a model remembers, copied out of its place or into it. */
#include "ek_variable_s8.h"

#include "ek_arch.h"

void ek_variable_s8(const ek_variable *layer, const int8_t *from, int8_t *to)
{
    ek_copy_s8(to, from, layer->bytes);
}
