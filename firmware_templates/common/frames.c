/* SPDX-License-Identifier: MIT-0 */
#include "frames.h"

#include <string.h>

#include "clock.h"
#include "crc32.h"
#include "ek_model.h"
#include "inputs.h"
#include "uart.h"

#define MARK_0 0xE5u
#define MARK_1 0xEBu
#define HEADER_BYTES 5u
#define CRC_BYTES 4u
#define NOBODY_ASKED 0xFFFFu
#define QUIET_TICKS ((uint64_t)EK_TIMER_HZ * EK_FRAMES_QUIET_MS / 1000u)

enum { DATA = 0x01, RUN = 0x02, PROBE = 0x03, RESULT = 0x81, NEXT = 0x82, ERROR = 0x83 };
enum { INPUTS_DIFFER = 1, INFERENCE_FAILED = 2, NO_SUCH_BYTES = 3 };

static int active;
static uint32_t session_crc; /* where the CRC of every frame starts */
static uint16_t expected;
static uint32_t run_crc; /* of the payload of the last run: binds the result to its inputs */
static int asked; /* `next` has been said and `expected` has not come */
static uint64_t last_byte_at;
static int held; /* a byte was taken that belongs to what comes next */
static uint8_t held_byte;

static void write16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

static void write32(uint8_t *bytes, uint32_t value)
{
    write16(bytes, value);
    write16(bytes + 2, value >> 16);
}

static uint32_t read16(const uint8_t *bytes)
{
    return bytes[0] | (uint32_t)bytes[1] << 8;
}

static uint32_t read32(const uint8_t *bytes)
{
    return read16(bytes) | read16(bytes + 2) << 16;
}

uint32_t ek_frames_payload(void)
{
    size_t outputs = 0;

    for (int i = 0; i < EK_OUTPUT_COUNT; i++) {
        outputs += ek_output_bytes(i);
    }
    return outputs <= 0xFFF0u ? EK_LINE_BYTES - HEADER_BYTES - CRC_BYTES : 0;
}

void ek_frames_start(uint32_t session)
{
    uint8_t bytes[4];

    write32(bytes, session);
    session_crc = ek_crc32(bytes, sizeof bytes);
    active = 1;
    expected = 0;
    asked = 0;
    held = 0;
    last_byte_at = ek_clock_ticks();
}

int ek_frames_active(void)
{
    return active;
}

/* ---- to the host ---- */

static void put(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        ek_uart_put(bytes[i]);
    }
}

static uint32_t put_header(uint8_t type, uint32_t sequence, uint32_t length)
{
    uint8_t header[2 + HEADER_BYTES] = {MARK_0, MARK_1, type};

    write16(header + 3, sequence);
    write16(header + 5, length);
    put(header, sizeof header);
    return ek_crc32_more(session_crc, header + 2, HEADER_BYTES);
}

static void put_crc(uint32_t crc)
{
    uint8_t bytes[CRC_BYTES];

    write32(bytes, crc);
    put(bytes, sizeof bytes);
}

static void put_frame(uint8_t type, uint32_t sequence, const uint8_t *payload, size_t count)
{
    uint32_t crc = put_header(type, sequence, (uint32_t)count);

    put(payload, count);
    put_crc(ek_crc32_more(crc, payload, count));
}

static void put_next(uint32_t probe)
{
    uint8_t payload[2];

    write16(payload, probe);
    put_frame(NEXT, expected, payload, sizeof payload);
}

static void ask_again(void)
{
    if (!asked) {
        asked = 1;
        put_next(NOBODY_ASKED);
    }
}

static void put_error(uint32_t sequence, uint8_t code, int status)
{
    uint8_t payload[5] = {code};

    write32(payload + 1, (uint32_t)status);
    put_frame(ERROR, sequence, payload, sizeof payload);
}

static void put_result(uint32_t sequence)
{
    uint8_t about[4];
    uint32_t count = sizeof about;
    uint32_t crc;

    write32(about, run_crc);
    for (int i = 0; i < EK_OUTPUT_COUNT; i++) {
        count += (uint32_t)ek_output_bytes(i);
    }
    crc = put_header(RESULT, sequence, count);
    put(about, sizeof about);
    crc = ek_crc32_more(crc, about, sizeof about);
    for (int i = 0; i < EK_OUTPUT_COUNT; i++) {
        const uint8_t *output = (const uint8_t *)ek_model_output(i);
        put(output, ek_output_bytes(i));
        crc = ek_crc32_more(crc, output, ek_output_bytes(i));
    }
    put_crc(crc);
}

/* ---- what frames do ---- */

static void take_data(uint32_t sequence, const uint8_t *payload, size_t count)
{
    uint32_t place = count < 4 ? 0 : read32(payload);
    uint32_t index = place & 0xFFu;
    uint32_t offset = place >> 8;

    if (count < 4 || index >= EK_INPUT_COUNT || offset > ek_input_bytes((int)index) ||
        count - 4 > ek_input_bytes((int)index) - offset) {
        put_error(sequence, NO_SUCH_BYTES, 0);
    } else {
        memcpy(ek_inputs_write((int)index) + offset, payload + 4, count - 4);
    }
}

static void run(uint32_t sequence, const uint8_t *payload, size_t count)
{
    int status;

    run_crc = ek_crc32(payload, count);
    ek_inputs_restore();
    for (int i = 0; i < EK_INPUT_COUNT; i++) {
        if (count != 4u * EK_INPUT_COUNT || read32(payload + 4 * i) != ek_input_crc(i)) {
            put_error(sequence, INPUTS_DIFFER, 0);
            return;
        }
    }
    status = ek_model_run();
    ek_infer_done(status);
    if (status != 0) {
        put_error(sequence, INFERENCE_FAILED, status);
    } else {
        put_result(sequence);
    }
}

static void take(const uint8_t *frame, size_t count)
{
    uint8_t type = frame[0];
    uint16_t sequence = (uint16_t)read16(frame + 1);
    uint16_t ahead = (uint16_t)(sequence - expected);

    if (type == PROBE) {
        put_next(sequence);
    } else if (ahead == 0) {
        expected++;
        asked = 0;
        if (type == DATA) {
            take_data(sequence, frame + HEADER_BYTES, count);
        } else {
            run(sequence, frame + HEADER_BYTES, count);
        }
    } else if (ahead < 0x8000u) {
        ask_again();
    } else if (type == RUN && ahead == 0xFFFFu && ek_outputs_valid()) {
        put_result(sequence);
    }
}

/* ---- from the host ---- */

/* The next byte; *quiet tells whether a pause went before it. */
static uint8_t next_byte(int *quiet)
{
    uint8_t byte;
    uint64_t now;

    if (held) {
        held = 0;
        *quiet = 0;
        return held_byte;
    }
    byte = ek_line_byte();
    now = ek_clock_ticks();
    *quiet = now - last_byte_at > QUIET_TICKS;
    last_byte_at = now;
    return byte;
}

/* `count` bytes of a frame; 0 after a pause, whose byte is kept. */
static int next_bytes(uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int quiet;
        bytes[i] = next_byte(&quiet);
        if (quiet) {
            held = 1;
            held_byte = bytes[i];
            return 0;
        }
    }
    return 1;
}

/* A frame whose first mark has come. Returns whether it was whole; else what follows may be the rest of it. */
static int read_frame(void)
{
    uint8_t *frame = ek_line_buffer();
    uint8_t crc[CRC_BYTES];
    size_t count;

    if (!next_bytes(frame, 1)) {
        return 1; /* whatever comes after a pause begins anew */
    }
    if (frame[0] != MARK_1) {
        held = frame[0] == MARK_0;
        held_byte = MARK_0;
        return 0;
    }
    if (!next_bytes(frame, HEADER_BYTES)) {
        return 1;
    }
    count = read16(frame + 3);
    if (count > ek_frames_payload() || (frame[0] != DATA && frame[0] != RUN && frame[0] != PROBE)) {
        ask_again();
        return 0;
    }
    if (!next_bytes(frame + HEADER_BYTES, count) || !next_bytes(crc, CRC_BYTES)) {
        return 1;
    }
    if (read32(crc) != ek_crc32_more(session_crc, frame, HEADER_BYTES + count)) {
        ask_again();
        return 0;
    }
    take(frame, count);
    last_byte_at = ek_clock_ticks(); /* an inference is no pause: bytes may have waited meanwhile */
    return 1;
}

static int is_text(uint8_t byte)
{
    return (byte >= ' ' && byte <= '~') || byte == '\r' || byte == '\n';
}

struct ek_line ek_frames_read(void)
{
    int clean = 1; /* the next byte begins something */
    int text = 0;  /* it is a command that is being gathered */

    for (;;) {
        int quiet;
        uint8_t byte = next_byte(&quiet);
        if (byte == MARK_0) {
            text = 0;
            clean = read_frame();
            continue;
        }
        if (!text && (clean || quiet) && is_text(byte)) {
            text = 1;
            ek_line_begin();
        }
        clean = 0;
        text = text && is_text(byte);
        if (text && ek_line_add((char)byte)) {
            active = 0;
            return ek_line_end();
        }
    }
}
