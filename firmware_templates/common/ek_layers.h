/* SPDX-License-Identifier: MIT-0 */
/* One inference, layer by layer: the profile build has it, the measured build answers with an error. */
#ifndef EK_LAYERS_H
#define EK_LAYERS_H

void ek_layers_answer(int with_data);

#endif
