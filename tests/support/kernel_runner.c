/* SPDX-License-Identifier: Apache-2.0 */
/* Runs kernels for tests: reads calls from stdin, writes output bytes to stdout. Every buffer is allocated at its exact
 * size, so that the address sanitizer sees the first byte too many.
 *
 * A call: kernel, form, bytes of the struct, its bytes; arrays (where their pointer stands, bytes, content); inputs
 * (bytes, content); outputs (bytes); scratch bytes. All numbers int32, little-endian.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*any_function)(void);

/* Written beside the program: the headers of all kernels, and KERNELS, a list of KERNEL(name). */
#define KERNEL(name) {#name, (any_function)name}
#include "kernel_table.h"

static const struct {
    const char *name;
    any_function function;
} kernels[] = {KERNELS};

enum { PLAIN, SCRATCH, MANY_INPUTS, MANY_OUTPUTS };
enum { MOST = 64 };

typedef void (*plain_kernel)(const void *layer, const int8_t *x, int8_t *y);
typedef void (*binary_kernel)(const void *layer, const int8_t *a, const int8_t *b, int8_t *y);
typedef void (*ternary_kernel)(const void *layer, const int8_t *a, const int8_t *b, const int8_t *c, int8_t *y);
typedef void (*scratch_kernel)(const void *layer, const int8_t *x, int8_t *y, int8_t *scratch);
typedef void (*gathering_kernel)(const void *layer, const int8_t *const *x, int8_t *y);
typedef void (*scattering_kernel)(const void *layer, const int8_t *x, int8_t *const *y);

static void get(void *to, int32_t bytes)
{
    if (bytes > 0 && fread(to, (size_t)bytes, 1, stdin) != 1) {
        exit(feof(stdin) ? 0 : 2);
    }
}

static int32_t number(void)
{
    int32_t value;
    get(&value, sizeof value);
    return value;
}

static void *block(int32_t bytes)
{
    void *memory = malloc((size_t)bytes);
    get(memory, bytes);
    return memory;
}

static any_function find(const char *name)
{
    for (size_t i = 0; i < sizeof kernels / sizeof kernels[0]; ++i) {
        if (strcmp(kernels[i].name, name) == 0) {
            return kernels[i].function;
        }
    }
    fprintf(stderr, "no kernel %s\n", name);
    exit(3);
}

static void call(any_function kernel, int32_t form, const void *layer, int8_t *const *x, int32_t inputs,
                 int8_t *const *y, int8_t *scratch)
{
    const int8_t *given[MOST];

    for (int32_t i = 0; i < inputs; ++i) {
        given[i] = x[i];
    }
    if (form == SCRATCH) {
        ((scratch_kernel)kernel)(layer, x[0], y[0], scratch);
    } else if (form == MANY_INPUTS) {
        ((gathering_kernel)kernel)(layer, given, y[0]);
    } else if (form == MANY_OUTPUTS) {
        ((scattering_kernel)kernel)(layer, x[0], y);
    } else if (inputs == 3) {
        ((ternary_kernel)kernel)(layer, x[0], x[1], x[2], y[0]);
    } else if (inputs == 2) {
        ((binary_kernel)kernel)(layer, x[0], x[1], y[0]);
    } else {
        ((plain_kernel)kernel)(layer, x[0], y[0]);
    }
}

static void one_call(void)
{
    char name[64] = {0};
    void *arrays[8];
    int8_t *inputs[MOST];
    int8_t *outputs[MOST];
    int32_t output_bytes[MOST];

    get(name, number());
    const int32_t form = number();
    const int32_t layer_bytes = number();
    char *layer = block(layer_bytes);
    const int32_t array_count = number();
    for (int32_t i = 0; i < array_count; ++i) {
        const int32_t at = number();
        arrays[i] = block(number());
        memcpy(layer + at, &arrays[i], sizeof arrays[i]);
    }
    const int32_t input_count = number();
    for (int32_t i = 0; i < input_count; ++i) {
        inputs[i] = block(number());
    }
    const int32_t output_count = number();
    for (int32_t i = 0; i < output_count; ++i) {
        output_bytes[i] = number();
        outputs[i] = malloc((size_t)output_bytes[i]);
    }
    const int32_t scratch_bytes = number();
    int8_t *scratch = scratch_bytes ? malloc((size_t)scratch_bytes) : NULL;

    call(find(name), form, layer, inputs, input_count, outputs, scratch);
    for (int32_t i = 0; i < output_count; ++i) {
        fwrite(outputs[i], 1, (size_t)output_bytes[i], stdout);
    }
    fflush(stdout);

    for (int32_t i = 0; i < array_count; ++i) {
        free(arrays[i]);
    }
    for (int32_t i = 0; i < input_count; ++i) {
        free(inputs[i]);
    }
    for (int32_t i = 0; i < output_count; ++i) {
        free(outputs[i]);
    }
    free(scratch);
    free(layer);
}

int main(void)
{
    for (;;) {
        one_call();
    }
}
