/* SPDX-License-Identifier: MIT-0 */
/* edgekit's own commands. Like all commands they end with '%', and their replies with m-ready; each reply line is
 * m-ek-<what>-[<comma-separated values>]. A CRC is CRC-32, eight hexadecimal digits. "Raw" bytes are those of the
 * model's tensors, as they lie in its arena.
 *
 * A command whose last word begins with '#' is answered with one line more, m-ek-check-[CRC]: over the text
 * "board,engine,build,sha256", the boots (4 bytes, little-endian), the command from behind "ek " with that word, and all
 * lines before. It shows that the reply is whole, is that of this very command, and comes from this firmware, which has
 * not restarted since `ek id`.
 *
 *     ek help         this list, in short
 *     ek sync WORD    m-ek-sync-[WORD]: shows that a reply belongs to this very command
 *     ek id           protocol version, edgekit version, board, engine, model, sha256 (of the .tflite), build
 *                     (measured or profile), inputs and outputs (raw bytes of each), load (bytes that `db load`
 *                     takes), layers, line (longest command), timer (Hz, bits), keeps (1: one load serves many
 *                     inferences; 0: every inference needs its inputs loaded anew), boots (since power-on), frames
 *                     (version, longest payload)
 *     ek frames S     begins a session of binary frames, see frames.h
 *     ek boot         m-ek-boot-[boots since power-on, reason of the last]: power-on, external, request or fault
 *     ek load I N     like `db load N`, but into the raw bytes of input I, past the adapter
 *     ek inputs       m-ek-input-[I, bytes, CRC] of every input
 *     ek run          one inference on the raw inputs: the lines of `ek inputs`, from just before it, and m-ek-done-[1]
 *     ek output I     m-ek-output-[I, bytes, CRC, all bytes in hexadecimal]; after `ek run` or `infer`, before a load
 *     ek time N       N inferences, each on the inputs as loaded: m-ek-empty-[ticks of measuring nothing], then
 *                     m-ek-ticks-[ticks] of each
 *     ek infer N W    like `infer N W`, but on the raw inputs, and without the results
 *     ek layers       profile build: one inference, layer by layer: m-ek-empty-[ticks of measuring nothing],
 *                     then m-ek-layer-[index, ticks, bytes of its output, CRC]
 *     ek layers data  the same with all bytes in hexadecimal as one more value
 *     ek ram          m-ek-ram-[stack peak, stack size, static bytes without the stack]
 *     ek reset        restarts after m-ready; the boot banner follows
 */
#ifndef EK_COMMANDS_H
#define EK_COMMANDS_H

#define EK_PROTOCOL_VERSION 2

void ek_commands_answer(char *arguments);
/* Measure `work` and print m-ek-<what>-[ticks]; and the same for a function that does nothing. */
void ek_put_ticks(const char *what, int (*work)(void), int *status);
void ek_put_empty_ticks(void);
/* The line of `ek boot`, which is part of the banner too. */
void ek_put_boot(void);

#endif
