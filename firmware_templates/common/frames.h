/* SPDX-License-Identifier: MIT-0 */
/* Samples in, results out, in binary frames: the fast path beside the device protocol.
 *
 * `ek frames SESSION` (eight hexadecimal digits) begins it and any command of the device protocol ends it, so a client
 * that knows nothing of frames finds the board as if it had just started. A frame, numbers little-endian:
 *
 *     E5 EB | type 1 | sequence 2 | length 2 | payload | CRC-32 4
 *
 * The CRC covers SESSION (4 bytes), type, sequence, length and payload: a frame of another session is never valid.
 *
 * To the board:
 *     01 data    input 1, offset 3, bytes
 *     02 run     CRC-32 of every input
 *     03 probe   nothing; any sequence number
 * From the board:
 *     81 result  with the run's number: CRC-32 of the run's payload 4, all outputs one after the other
 *     82 next    with the number that the board waits for: number of the probe that it answers 2, FFFF: nobody asked
 *     83 error   code 1 (1: the inputs differ, 2: the inference failed, 3: no such bytes in the inputs), status 4
 *
 * Data and run are numbered from 0 and taken in this order alone. When one is damaged or missing the board says `next`,
 * once, and drops what follows until it has come; a run that it has just done it answers again without doing it again.
 * So frames may be sent ahead, and the host repeats from `next`. A frame whose bytes pause for longer than
 * EK_FRAMES_QUIET_MS is dropped. */
#ifndef EK_FRAMES_H
#define EK_FRAMES_H

#include <stdint.h>

#include "line.h"

#define EK_FRAMES_VERSION 1
#define EK_FRAMES_QUIET_MS 100u

/* The longest payload that the board takes; 0 where the model's outputs do not fit one frame. */
uint32_t ek_frames_payload(void);

void ek_frames_start(uint32_t session);
int ek_frames_active(void);

/* Serve frames until a command of the device protocol has come; it ends the session. */
struct ek_line ek_frames_read(void);

#endif
