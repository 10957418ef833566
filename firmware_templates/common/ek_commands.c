/* SPDX-License-Identifier: MIT-0 */
#include "ek_commands.h"

#include <string.h>

#include "adapter.h"
#include "clock.h"
#include "crc32.h"
#include "ek_layers.h"
#include "ek_model.h"
#include "frames.h"
#include "inputs.h"
#include "line.h"
#include "loader.h"
#include "protocol.h"
#include "system.h"
#include "text.h"
#include "uart.h"

static void put_sizes(const char *what, int count, size_t (*size)(int))
{
    ek_put("m-ek-");
    ek_put(what);
    ek_put("-[");
    for (int i = 0; i < count; i++) {
        ek_put(i > 0 ? "," : "");
        ek_put_u32((uint32_t)size(i));
    }
    ek_put_line("]");
}

static void put_number(const char *what, uint32_t number)
{
    ek_put("m-ek-");
    ek_put(what);
    ek_put("-[");
    ek_put_u32(number);
    ek_put_line("]");
}

void ek_put_boot(void)
{
    static const char *const reasons[] = {"power-on", "external", "request", "fault"};

    ek_put("m-ek-boot-[");
    ek_put_u32(ek_boot_count());
    ek_put(",");
    ek_put(reasons[ek_boot_reason()]);
    ek_put_line("]");
}

static void answer_id(void)
{
    put_number("protocol", EK_PROTOCOL_VERSION);
    ek_put_line("m-ek-version-[" EK_VERSION "]");
    ek_put_line("m-ek-board-[" EK_BOARD "]");
    ek_put_line("m-ek-engine-[" EK_ENGINE "]");
    ek_put_line("m-ek-model-[" EK_MODEL "]");
    ek_put_line("m-ek-sha256-[" EK_MODEL_SHA256 "]");
    ek_put_line("m-ek-build-[" EK_BUILD "]");
    put_sizes("inputs", EK_INPUT_COUNT, ek_input_bytes);
    put_sizes("outputs", EK_OUTPUT_COUNT, ek_output_bytes);
    put_number("load", (uint32_t)ek_adapter_bytes());
    put_number("layers", EK_LAYER_COUNT);
    put_number("line", EK_LINE_BYTES - 1);
    ek_put("m-ek-timer-[");
    ek_put_u32(EK_TIMER_HZ);
    ek_put(",");
    ek_put_u32(EK_TIMER_BITS);
    ek_put_line("]");
    put_number("keeps", (uint32_t)ek_inputs_kept());
    put_number("boots", ek_boot_count());
    ek_put("m-ek-frames-[");
    ek_put_u32(EK_FRAMES_VERSION);
    ek_put(",");
    ek_put_u32(ek_frames_payload());
    ek_put_line("]");
}

static void answer_frames(char *arguments)
{
    uint32_t session;

    if (!ek_line_hex32(ek_line_word(&arguments), &session)) {
        ek_put_line("e-[Command 'ek frames' requires a session of 8 hex digits]");
    } else if (ek_frames_payload() == 0) {
        ek_put_line("e-[The outputs do not fit a frame]");
    } else {
        ek_frames_start(session);
    }
}

static void answer_load(char *arguments)
{
    long index = ek_line_number(ek_line_word(&arguments));
    long count = ek_line_number(ek_line_word(&arguments));

    if (index < 0 || index >= EK_INPUT_COUNT) {
        ek_put_line("e-[Command 'ek load' requires the index of an input and the # of bytes]");
    } else if (count <= 0 || (size_t)count != ek_input_bytes((int)index)) {
        ek_put("e-[Input takes ");
        ek_put_u32((uint32_t)ek_input_bytes((int)index));
        ek_put_line(" bytes]");
    } else {
        ek_loader_start((int)index, (size_t)count);
        ek_put("m-[Expecting ");
        ek_put_u32((uint32_t)count);
        ek_put_line(" bytes]");
    }
}

static void put_inputs(void)
{
    for (int i = 0; i < EK_INPUT_COUNT; i++) {
        ek_put("m-ek-input-[");
        ek_put_u32((uint32_t)i);
        ek_put(",");
        ek_put_u32((uint32_t)ek_input_bytes(i));
        ek_put(",");
        ek_put_hex32(ek_input_crc(i));
        ek_put_line("]");
    }
}

static void answer_run(void)
{
    ek_inputs_restore();
    put_inputs();
    if (ek_infer_report(ek_model_run()) == 0) {
        ek_put_line("m-ek-done-[1]");
    }
}

static void answer_output(char *arguments)
{
    long index = ek_line_number(ek_line_word(&arguments));

    if (index < 0 || index >= EK_OUTPUT_COUNT) {
        ek_put_line("e-[Command 'ek output' requires the index of an output]");
    } else if (!ek_outputs_valid()) {
        ek_put_line("e-[No output: run an inference first]");
    } else {
        const uint8_t *output = (const uint8_t *)ek_model_output((int)index);
        size_t count = ek_output_bytes((int)index);
        ek_put("m-ek-output-[");
        ek_put_u32((uint32_t)index);
        ek_put(",");
        ek_put_u32((uint32_t)count);
        ek_put(",");
        ek_put_hex32(ek_crc32(output, count));
        ek_put(",");
        ek_put_hex(output, count);
        ek_put_line("]");
    }
}

static int nothing(void)
{
    return 0;
}

void ek_put_ticks(const char *what, int (*work)(void), int *status)
{
    uint64_t ticks = ek_clock_measure(work, status);

    ek_put("m-ek-");
    ek_put(what);
    ek_put("-[");
    ek_put_u64(ticks);
    ek_put_line("]");
}

void ek_put_empty_ticks(void)
{
    int status;

    ek_put_ticks("empty", nothing, &status);
}

static void answer_time(char *arguments)
{
    long count = ek_line_number(ek_line_word(&arguments));
    int status = 0;

    if (count <= 0) {
        ek_put_line("e-[Command 'ek time' requires the # of inferences]");
        return;
    }
    if (count > 1 && !ek_inputs_kept()) {
        ek_put_line("e-[No RAM to keep the inputs in: load them and time one inference]");
        return;
    }
    ek_put_empty_ticks();
    for (long i = 0; i < count && status == 0; i++) {
        ek_inputs_restore();
        ek_put_ticks("ticks", ek_model_run, &status);
        (void)ek_infer_report(status);
    }
}

static void answer_ram(void)
{
    ek_put("m-ek-ram-[");
    ek_put_u32(ek_stack_peak_bytes());
    ek_put(",");
    ek_put_u32(ek_stack_bytes());
    ek_put(",");
    ek_put_u32(ek_static_ram_bytes());
    ek_put_line("]");
}

static void answer_sync(char *arguments)
{
    ek_put("m-ek-sync-[");
    ek_put_quoted(ek_line_word(&arguments), 32);
    ek_put_line("]");
}

static void answer_reset(void)
{
    ek_put_line("m-ready");
    ek_uart_flush();
    ek_system_reset(EK_RESET_REQUEST);
}

static void answer(char *arguments)
{
    const char *word = ek_line_word(&arguments);

    if (strcmp(word, "sync") == 0) {
        answer_sync(arguments);
    } else if (strcmp(word, "id") == 0) {
        answer_id();
    } else if (strcmp(word, "boot") == 0) {
        ek_put_boot();
    } else if (strcmp(word, "load") == 0) {
        answer_load(arguments);
    } else if (strcmp(word, "inputs") == 0) {
        ek_inputs_restore();
        put_inputs();
    } else if (strcmp(word, "run") == 0) {
        answer_run();
    } else if (strcmp(word, "output") == 0) {
        answer_output(arguments);
    } else if (strcmp(word, "time") == 0) {
        answer_time(arguments);
    } else if (strcmp(word, "infer") == 0) {
        ek_protocol_infer(arguments, 1);
    } else if (strcmp(word, "layers") == 0) {
        ek_layers_answer(strcmp(ek_line_word(&arguments), "data") == 0);
    } else if (strcmp(word, "frames") == 0) {
        answer_frames(arguments);
    } else if (strcmp(word, "ram") == 0) {
        answer_ram();
    } else if (strcmp(word, "reset") == 0) {
        answer_reset();
    } else if (strcmp(word, "help") == 0) {
        ek_put_line("ek sync WORD, id, boot, load I N, inputs, run, output I, time N, infer N W, layers [data], frames SESSION, ram, reset");
    } else {
        ek_put("e-[Unknown command: ek ");
        ek_put_quoted(word, 32);
        ek_put_line("]");
    }
}

/* Tells this firmware, in this run of it, from any other. */
static uint32_t firmware_crc(void)
{
    static const char firmware[] = EK_BOARD "," EK_ENGINE "," EK_BUILD "," EK_MODEL_SHA256;
    uint32_t boots = ek_boot_count();
    uint32_t crc = ek_crc32((const uint8_t *)firmware, sizeof firmware - 1);

    for (int i = 0; i < 4; i++, boots >>= 8) {
        uint8_t byte = (uint8_t)boots;
        crc = ek_crc32_more(crc, &byte, 1);
    }
    return crc;
}

static int is_tagged(const char *text)
{
    while (*text != '\0' && *text != '#') {
        text++;
    }
    return *text == '#';
}

void ek_commands_answer(char *arguments)
{
    int tagged = is_tagged(arguments);

    ek_put_sum_start(ek_crc32_more(firmware_crc(), (const uint8_t *)arguments, strlen(arguments)));
    answer(arguments);
    if (tagged) {
        uint32_t sum = ek_put_sum();
        ek_put("m-ek-check-[");
        ek_put_hex32(sum);
        ek_put_line("]");
    }
}
