/* SPDX-License-Identifier: Apache-2.0 */
/* A QEMU TCG plugin (API version 1) that counts which blocks of Thumb code run between two addresses.
 *
 *     -plugin file=blocks.so,begin=ADDRESS,end=ADDRESS,out=FILE
 *
 * Each time `end` is reached after `begin`, one line is written: "address size executions jumps" for every block that
 * ran, separated by commas. A jump is an execution that did not follow the block before it in memory: a taken branch.
 * QEMU's header is not packaged everywhere; what is used of it is declared here.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *insn);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *insn);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id, void (*call)(qemu_plugin_id_t, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, void (*call)(unsigned, void *), int flags, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn, void (*call)(unsigned, void *), int flags,
                                            void *data);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

struct block {
    struct block *next;
    uint64_t address, executions, jumps;
    uint32_t size;
};

#define BUCKETS 4096u

static struct block *buckets[BUCKETS];
static uint64_t begin, end, expected;
static bool counting;
static FILE *out;

static struct block *find(uint64_t address, uint32_t size)
{
    struct block **place = &buckets[(address >> 1) % BUCKETS];

    for (struct block *block = *place; block != NULL; block = block->next) {
        if (block->address == address && block->size == size) {
            return block;
        }
    }
    struct block *block = calloc(1, sizeof *block);
    if (block == NULL) {
        abort();
    }
    block->address = address;
    block->size = size;
    block->next = *place;
    *place = block;
    return block;
}

static void start(unsigned cpu, void *data)
{
    (void)cpu;
    (void)data;
    for (size_t i = 0; i < BUCKETS; ++i) {
        for (struct block *block = buckets[i]; block != NULL; block = block->next) {
            block->executions = block->jumps = 0;
        }
    }
    expected = 0;
    counting = true;
}

static void finish(unsigned cpu, void *data)
{
    const char *separator = "";

    (void)cpu;
    (void)data;
    if (!counting) {
        return;
    }
    counting = false;
    for (size_t i = 0; i < BUCKETS; ++i) {
        for (const struct block *block = buckets[i]; block != NULL; block = block->next) {
            if (block->executions != 0) {
                fprintf(out, "%s%" PRIu64 " %" PRIu32 " %" PRIu64 " %" PRIu64, separator, block->address, block->size,
                        block->executions, block->jumps);
                separator = ",";
            }
        }
    }
    fputc('\n', out);
    fflush(out);
}

static void execute(unsigned cpu, void *data)
{
    struct block *block = data;

    (void)cpu;
    if (!counting) {
        return;
    }
    block->executions += 1;
    block->jumps += block->address != expected;
    expected = block->address + block->size;
}

/* QEMU's own sizes count what it peeked at beyond an instruction, near the end of a page. Armv7-M ARM, A5.1. */
static uint32_t thumb_size(const uint8_t *data)
{
    return data[1] >> 3 >= 0x1D ? 4 : 2;
}

static void translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    const size_t count = qemu_plugin_tb_n_insns(tb);
    const uint64_t address = qemu_plugin_tb_vaddr(tb);
    const struct qemu_plugin_insn *last = qemu_plugin_tb_get_insn(tb, count - 1);
    const uint32_t size = (uint32_t)(qemu_plugin_insn_vaddr(last) - address) + thumb_size(qemu_plugin_insn_data(last));

    (void)id;
    /* A function's first instruction begins a block: registered first, the start comes before the block's count. */
    for (size_t i = 0; i < count; ++i) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        const uint64_t at = qemu_plugin_insn_vaddr(insn);
        if (at == end) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, finish, 0, NULL);
        }
        if (at == begin) {
            qemu_plugin_register_vcpu_insn_exec_cb(insn, start, 0, NULL);
        }
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, execute, 0, find(address, size));
}

__attribute__((visibility("default"))) int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc,
                                                               char **argv)
{
    (void)info;
    for (int i = 0; i < argc; ++i) {
        const char *value = strchr(argv[i], '=');
        if (value == NULL) {
            return -1;
        }
        ++value;
        if (strncmp(argv[i], "begin=", 6) == 0) {
            begin = strtoull(value, NULL, 0);
        } else if (strncmp(argv[i], "end=", 4) == 0) {
            end = strtoull(value, NULL, 0);
        } else if (strncmp(argv[i], "out=", 4) == 0) {
            out = fopen(value, "w");
        }
    }
    if (out == NULL) {
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
    return 0;
}
