/* SPDX-License-Identifier: Apache-2.0 */
/* The assembly of kernels/arch/cortex_m_dsp in plain C: the same packed data, step by step, under the sanitizers. */
#include "dsp_forms.h"
#include "ek_dsp.h"
#include "ek_matmul_1x4_dsp.h"
#include "ek_matmul_3x2_dsp.h"
#include "ek_matmul_dsp.h"
#include "ek_matmul_short_dsp.h"

static uint32_t *expand(const int8_t *const *from, int32_t pixels, uint32_t *to, const ek_runs_dsp *runs)
{
    for (int32_t run = 0; run < runs->count; ++run) {
        const int32_t at = run * (4 * runs->words + runs->gap);
        for (int32_t i = 0; i < runs->words; ++i, to += 2 * pixels) {
            for (int32_t p = 0; p < pixels; ++p) {
                const uint32_t word = ek_load_4(from[p] + at + 4 * i);
                to[p] = ek_even_bytes(word);
                to[pixels + p] = ek_odd_bytes(word);
            }
        }
    }
    return to;
}

uint32_t *ek_expand_3_dsp(const int8_t *const *from, uint32_t *to, const ek_runs_dsp *runs)
{
    return expand(from, 3, to, runs);
}

uint32_t *ek_expand_4_dsp(const int8_t *const *from, uint32_t *to, const ek_runs_dsp *runs)
{
    return expand(from, 4, to, runs);
}

/* The dot products of two channels with every `step`th word of activations. */
static void two_sums(const uint32_t *weights, const uint32_t *activations, int32_t pairs, int32_t step, int32_t sums[2])
{
    int32_t both = 0, second = 0;

    for (int32_t k = 0; k < pairs; ++k) {
        both = ek_dot_halves(weights[k], activations[k * step], both);
        second = ek_dot_halves(ek_even_bytes(weights[k]), activations[k * step], second);
    }
    sums[0] = second;
    sums[1] = ek_wrap((int64_t)both - second) >> 8;
}

/* The form of short windows: the second channel's start stands before the weights. */
static void short_matmul(const ek_tile_dsp *tile, int32_t pixels)
{
    const int32_t pairs = (int32_t)(tile->activations_end - tile->activations) / pixels;
    int8_t *y = tile->y;

    for (const uint32_t *w = tile->weights; w != tile->weights_end; w += pairs + 4, y += 2) {
        const uint32_t *behind = w + 1 + pairs;
        const uint32_t constants[2][2] = {{behind[0], behind[1]}, {w[0], behind[2]}};
        for (int32_t p = 0; p < pixels; ++p) {
            int32_t sums[2];
            two_sums(w + 1, tile->activations + p, pairs, pixels, sums);
            for (int32_t i = 0; i < 2; ++i) {
                y[p * tile->y_stride + i] = (int8_t)byte_floor_form(constants[i], 44, sums[i]);
            }
        }
    }
}

static void matmul(const ek_tile_dsp *tile, int32_t pixels, int two_sided)
{
    const int32_t pairs = (int32_t)(tile->activations_end - tile->activations) / pixels;
    const int32_t constants = two_sided ? 4 : 2;
    int8_t *y = tile->y;

    for (const uint32_t *w = tile->weights; w != tile->weights_end; w += pairs + 2 * constants, y += 2) {
        for (int32_t p = 0; p < pixels; ++p) {
            int32_t sums[2];
            two_sums(w, tile->activations + p, pairs, pixels, sums);
            for (int32_t i = 0; i < 2; ++i) {
                const uint32_t *c = w + pairs + i * constants;
                y[p * tile->y_stride + i] =
                    (int8_t)(two_sided ? two_sided_form((int32_t)c[0], (int32_t)c[1], (int32_t)c[2], (int32_t)c[3],
                                                        sums[i])
                                       : floor_form(c, tile->scale, sums[i]));
            }
        }
    }
}

void ek_matmul_4x2_dsp(const ek_tile_dsp *tile)
{
    matmul(tile, 4, tile->scale == 0);
}

void ek_matmul_3x2_dsp(const ek_tile_dsp *tile)
{
    matmul(tile, 3, tile->scale == 0);
}

void ek_matmul_1x2_floor_dsp(const ek_tile_dsp *tile)
{
    matmul(tile, 1, 0);
}

void ek_matmul_1x2_two_sided_dsp(const ek_tile_dsp *tile)
{
    matmul(tile, 1, 1);
}

void ek_matmul_1x2_short_dsp(const ek_tile_dsp *tile)
{
    short_matmul(tile, 1);
}

/* At most `most` words; the assembly finds their number from where it is entered. */
static void short_tile(const ek_short_tile_dsp *tile, int32_t most, int scaled)
{
    const int32_t words = most - (tile->entry - 1) / EK_SHORT_CODE_BYTES;
    uint32_t expanded[8 * 32];
    const uint32_t *end = ek_expand_4_dsp(tile->from, expanded, tile->runs);
    const ek_tile_dsp same = {expanded, tile->y, tile->y_stride, tile->weights_end, end, 0, tile->scale, tile->weights};

    if (end == expanded + 8 * words && tile->rest == (most - words + 1) * EK_SHORT_WORD_BYTES) {
        if (scaled) {
            matmul(&same, 4, 0);
        } else {
            short_matmul(&same, 4);
        }
    }
}

void ek_matmul_4x2_k64_dsp(const ek_short_tile_dsp *tile)
{
    short_tile(tile, 16, 0);
}

void ek_matmul_4x2_k128_dsp(const ek_short_tile_dsp *tile)
{
    short_tile(tile, 32, 0);
}

void ek_matmul_4x2_k64_scaled_dsp(const ek_short_tile_dsp *tile)
{
    short_tile(tile, 16, 1);
}

void ek_matmul_4x2_k128_scaled_dsp(const ek_short_tile_dsp *tile)
{
    short_tile(tile, 32, 1);
}

static void vector_product(const ek_vector_dsp *vector, int two_sided)
{
    const int32_t pairs = (int32_t)(vector->activations_end - vector->activations);
    int8_t *y = vector->y;

    for (const uint32_t *w = vector->weights; w != vector->weights_end; w += 2 * pairs + 4, y += 4) {
        for (int32_t row = 0; row < 4; row += 2) {
            int32_t sums[2] = {0, 0};
            for (int32_t quad = 0; quad < pairs; quad += 4) {
                int32_t more[2];
                two_sums(w + 2 * quad + 2 * row, vector->activations + quad, 4, 1, more);
                sums[0] += more[0];
                sums[1] += more[1];
            }
            for (int32_t i = 0; i < 2; ++i) {
                const uint32_t constants[2] = {w[2 * pairs + row + i], (uint32_t)vector->multiplier};
                y[row + i] = (int8_t)(two_sided ? two_sided_form((int32_t)constants[0], vector->multiplier,
                                                                 vector->addend, vector->shift, sums[i])
                                                : floor_form(constants, vector->scale, sums[i]));
            }
        }
    }
}

void ek_matmul_1x4_floor_dsp(const ek_vector_dsp *vector)
{
    vector_product(vector, 0);
}

void ek_matmul_1x4_two_sided_dsp(const ek_vector_dsp *vector)
{
    vector_product(vector, 1);
}
