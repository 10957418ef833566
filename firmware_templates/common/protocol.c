/* SPDX-License-Identifier: MIT-0 */
#include "protocol.h"

#include <string.h>

#include "adapter.h"
#include "clock.h"
#include "ek_commands.h"
#include "ek_model.h"
#include "inputs.h"
#include "loader.h"
#include "pulse.h"
#include "text.h"

static int results_known;
static size_t announced; /* bytes that the last `db load` announced; 0 before the first */

#ifdef EK_ENERGY
#define MODE "energy"

/* A moment is an edge on the pin, and no text: a power monitor shows when it was. */
static void lap(void)
{
    ek_pulse();
}

#else
#define MODE "performance"

static void lap(void)
{
    uint64_t now = ek_clock_microseconds();

    ek_put("m-lap-us-");
    ek_put_u64(now);
    ek_put_line("");
}

#endif

void ek_protocol_banner(int model_status)
{
    ek_put_line("m-timestamp-mode-" MODE);
    ek_pulse_init();
    lap();
    ek_put_boot();
    if (model_status != 0) {
        ek_put_line("e-[The model's set-up failed]");
    }
    ek_put_line("m-init-done");
    ek_put_line("m-ready");
}

static void put_number_line(const char *before, uint32_t number, const char *after)
{
    ek_put(before);
    ek_put_u32(number);
    ek_put_line(after);
}

static void put_results(void)
{
    ek_put("m-results-[");
    ek_adapter_put_results();
    ek_put_line("]");
}

static void answer_profile(void)
{
    ek_put_line("m-profile-[edgekit " EK_VERSION "]");
    ek_put_line("m-model-[" EK_MODEL_ID "]");
}

static void answer_help(void)
{
    ek_put_line("name, timestamp, profile, help, results");
    ek_put_line("db load N: expect N bytes; db HH[HH]*: append them; db print: show them");
    ek_put_line("infer N W: W warm-ups and N timed inferences (default 1 and 10)");
    ek_put_line("ek help: edgekit's own commands");
}

static void answer_load(const char *count_text)
{
    long count = ek_line_number(count_text);

    if (*count_text == '\0') {
        ek_put_line("e-[Command 'db load' requires the # of bytes]");
    } else if (count <= 0) {
        ek_put_line("e-[Command 'db load' must be >0 bytes]");
    } else if ((size_t)count > ek_adapter_bytes()) {
        ek_put("e-[Supplied buffer size ");
        ek_put_u32((uint32_t)count);
        put_number_line(" exceeds maximum of ", (uint32_t)ek_adapter_bytes(), "]");
    } else {
        announced = (size_t)count;
        ek_loader_start(EK_LOADER_ADAPTER, announced);
        put_number_line("m-[Expecting ", (uint32_t)count, " bytes]");
    }
}

static void answer_db(char *arguments)
{
    char *word = ek_line_word(&arguments);

    if (*word == '\0') {
        ek_put_line("e-[Command 'db' requires a subcommand]");
    } else if (strcmp(word, "load") == 0) {
        answer_load(ek_line_word(&arguments));
    } else if (strcmp(word, "print") == 0) {
        ek_loader_print();
    } else {
        ek_loader_append(word);
    }
}

static int run_many(long count)
{
    int status = 0;

    for (long i = 0; i < count && status == 0; i++) {
        status = ek_model_run();
        (void)ek_clock_ticks(); /* sees every wrap of the timer */
    }
    return status;
}

static void infer(long iterations, long warmups, int raw)
{
    int status;

    if (!raw && announced != 0 && announced != ek_adapter_bytes()) {
        ek_put("Input db has ");
        ek_put_u32((uint32_t)announced);
        put_number_line(" elemented, expected ", (uint32_t)ek_adapter_bytes(), "");
    }
    if (!raw) {
        ek_adapter_prepare();
    }
    ek_inputs_restore();
    put_number_line("m-warmup-start-", (uint32_t)warmups, "");
    status = run_many(warmups);
    ek_put_line("m-warmup-done");
    put_number_line("m-infer-start-", (uint32_t)iterations, "");
    lap();
    status = status != 0 ? status : run_many(iterations);
    lap();
    ek_pulse_wait(500); /* in energy mode: the monitor's last samples arrive before the end is told */
    ek_put_line("m-infer-done");
    if (status == 0 && iterations + warmups > 1 && ek_inputs_kept()) {
        ek_inputs_restore(); /* an inference may overwrite its input: the results are of one that had it */
        status = ek_model_run();
    }
    if (ek_infer_report(status) == 0 && !raw) {
        ek_adapter_finish();
        results_known = 1;
        put_results();
    }
}

void ek_protocol_infer(char *arguments, int raw)
{
    char *iterations_text = ek_line_word(&arguments);
    char *warmups_text = ek_line_word(&arguments);
    long iterations = *iterations_text == '\0' ? 1 : ek_line_number(iterations_text);
    long warmups = *warmups_text == '\0' ? 10 : ek_line_number(warmups_text);

    if (iterations <= 0) {
        ek_put_line("e-[Inference iterations must be >0]");
    } else if (warmups < 0) {
        ek_put_line("e-[Inference warmup must be >=0]");
    } else {
        infer(iterations, warmups, raw);
    }
}

static void answer_word(const char *word, char *arguments)
{
    if (strcmp(word, "name") == 0) {
        ek_put_line("m-name-dut-[edgekit]");
    } else if (strcmp(word, "timestamp") == 0) {
        lap();
    } else if (strcmp(word, "profile") == 0) {
        answer_profile();
    } else if (strcmp(word, "help") == 0) {
        answer_help();
    } else if (strcmp(word, "db") == 0) {
        answer_db(arguments);
    } else if (strcmp(word, "infer") == 0) {
        ek_protocol_infer(arguments, 0);
    } else if (strcmp(word, "results") == 0) {
        if (results_known) {
            put_results();
        } else {
            ek_put_line("e-[No results yet]");
        }
    } else if (strcmp(word, "ek") == 0) {
        ek_commands_answer(arguments);
    } else {
        ek_put("e-[Unknown command: ");
        ek_put_quoted(word, 32);
        ek_put_line("]");
    }
}

void ek_protocol_answer(struct ek_line line)
{
    char *rest = line.text;

    if (line.overlong) {
        put_number_line("e-[Command longer than ", EK_LINE_BYTES - 1, " characters]");
    } else if (*line.text == '\0') {
        ek_put_line("e-[Empty command]");
    } else {
        char *word = ek_line_word(&rest);
        answer_word(word, rest);
    }
    ek_put_line("m-ready");
}
