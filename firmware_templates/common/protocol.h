/* SPDX-License-Identifier: MIT-0 */
/* The MLPerf Tiny device protocol: commands of at most EK_LINE_BYTES - 1 characters end with '%',
 * replies are lines that end with CR LF, the last of them m-ready.
 *
 *     name                    m-name-dut-[edgekit]
 *     timestamp               m-lap-us-<microseconds since boot>
 *     profile                 m-profile-[edgekit <version>], m-model-[<id>]
 *     help                    free text
 *     db load N, db HH...     fills the input with N bytes; m-load-done when it is full
 *     db print                the bytes of the input
 *     infer [N [W]]           W warm-ups and N timed inferences, then the results
 *     results                 the results line again
 *     ek ...                  edgekit's own commands, see ek_commands.h
 *
 * Errors are lines e-[<text>], still followed by m-ready.
 *
 * In the energy-mode build a timestamp is a falling edge on the timestamp pin instead of a line m-lap-us, also within
 * `infer`, which says m-infer-done half a second after the closing edge. */
#ifndef EK_PROTOCOL_H
#define EK_PROTOCOL_H

#include "line.h"

/* What start-up prints; `model_status` is what the model's init function returned. */
void ek_protocol_banner(int model_status);
/* Run one command and print its whole reply. */
void ek_protocol_answer(struct ek_line line);
/* The command `infer`; with `raw` on the raw inputs, past the adapter, and without the results line. */
void ek_protocol_infer(char *arguments, int raw);

#endif
