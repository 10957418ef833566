/* SPDX-License-Identifier: MIT-0 */
#include "ek_layers.h"

#include "text.h"

void ek_layers_answer(int with_data)
{
    (void)with_data;
    ek_put_line("e-[Layers are in the profile build alone]");
}
