/* SPDX-License-Identifier: MIT-0 */
/* The model's inputs and outputs.
 *
 * Inputs are loaded into the model's arena, where an inference may overwrite them. So that one load serves many
 * inferences, their bytes are kept in the RAM that nothing is linked into, where there is enough of it. */
#ifndef EK_INPUTS_H
#define EK_INPUTS_H

#include <stddef.h>
#include <stdint.h>

size_t ek_input_bytes(int index);
size_t ek_output_bytes(int index);

/* Where the bytes of input `index` are to be written; the inputs count as new from here on. */
uint8_t *ek_inputs_write(int index);
/* Make the arena hold the inputs as loaded: keep them when they are new, else bring them back. A model that remembers
 * forgets: every inference that is looked at is a first one, as it is for the reference. */
void ek_inputs_restore(void);
/* There is RAM to keep the inputs in. */
int ek_inputs_kept(void);
/* CRC-32 of input `index` as it lies in the arena. */
uint32_t ek_input_crc(int index);

/* Call after an inference with what the model's run function returned: an error line where it is not 0. */
int ek_infer_report(int status);
/* The same without a word. */
void ek_infer_done(int status);
/* Outputs lie in the arena: they are good from an inference to the next load. */
int ek_outputs_valid(void);

#endif
