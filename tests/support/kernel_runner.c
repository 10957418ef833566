/* SPDX-License-Identifier: Apache-2.0 */
/* Runs kernels for tests: reads calls from stdin, writes output bytes to stdout. Every buffer is allocated at its exact
 * size, so that the address sanitizer sees the first byte too many.
 *
 * A call: kernel, form, bytes of the struct, its bytes; arrays (where their pointer stands, bytes, content); inputs
 * (bytes, content); output bytes; scratch bytes. All numbers int32, little-endian.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ek_add_s8.h"
#include "ek_average_pool_2d_s8.h"
#include "ek_conv_2d_s8.h"
#include "ek_depthwise_conv_2d_s8.h"
#include "ek_fully_connected_s8.h"
#include "ek_max_pool_2d_s8.h"
#include "ek_mean_s8.h"
#include "ek_pad_s8.h"
#include "ek_relu_s8.h"
#include "ek_requantize_s8.h"
#include "ek_softmax_s8.h"

typedef void (*any_function)(void);
typedef void (*plain_kernel)(const void *layer, const int8_t *x, int8_t *y);
typedef void (*binary_kernel)(const void *layer, const int8_t *a, const int8_t *b, int8_t *y);
typedef void (*scratch_kernel)(const void *layer, const int8_t *x, int8_t *y, int8_t *scratch);

#define KERNEL(name) {#name, (any_function)name}

static const struct {
    const char *name;
    any_function function;
} kernels[] = {
    KERNEL(ek_add_s8),          KERNEL(ek_average_pool_2d_s8), KERNEL(ek_conv_2d_s8), KERNEL(ek_depthwise_conv_2d_s8),
    KERNEL(ek_fully_connected_s8), KERNEL(ek_max_pool_2d_s8),  KERNEL(ek_mean_s8),    KERNEL(ek_pad_s8),
    KERNEL(ek_relu_s8),         KERNEL(ek_requantize_s8),      KERNEL(ek_softmax_s8),
};

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

static void one_call(void)
{
    char name[64] = {0};
    void *arrays[8];
    int8_t *inputs[2];

    get(name, number());
    const int32_t takes_scratch = number();
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
    const int32_t output_bytes = number();
    const int32_t scratch_bytes = number();
    int8_t *output = malloc((size_t)output_bytes);
    int8_t *scratch = scratch_bytes ? malloc((size_t)scratch_bytes) : NULL;
    const any_function function = find(name);

    if (takes_scratch) {
        ((scratch_kernel)function)(layer, inputs[0], output, scratch);
    } else if (input_count == 2) {
        ((binary_kernel)function)(layer, inputs[0], inputs[1], output);
    } else {
        ((plain_kernel)function)(layer, inputs[0], output);
    }
    fwrite(output, 1, (size_t)output_bytes, stdout);
    fflush(stdout);

    for (int32_t i = 0; i < array_count; ++i) {
        free(arrays[i]);
    }
    for (int32_t i = 0; i < input_count; ++i) {
        free(inputs[i]);
    }
    free(scratch);
    free(output);
    free(layer);
}

int main(void)
{
    for (;;) {
        one_call();
    }
}
