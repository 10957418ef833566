/* SPDX-License-Identifier: MIT-0 */
/* See ek_products_helium.h: 2 pixels by 4 channels at a time, the last pixel and the last channels alone. */
#include "ek_products_helium.h"

static void product(const ek_filters_helium *filters, const ek_pixels_helium *pixels)
{
    if (filters->two_sided) {
        ek_matmul_2x4_two_sided_helium(pixels);
    } else {
        ek_matmul_2x4_floor_helium(pixels);
    }
}

/* The groups of the last pixel, which has no partner. */
static void one_pixel(const ek_filters_helium *filters, const ek_pixels_helium *pixels, int32_t groups)
{
    const int32_t last = pixels->pixels;
    const ek_vector_helium vector = {pixels->x + last * pixels->x_step,
                                     pixels->y + last * pixels->y_step,
                                     filters->weights,
                                     groups,
                                     pixels->chunks,
                                     pixels->skip,
                                     pixels->output,
                                     0,
                                     0};

    if (filters->two_sided) {
        ek_matmul_1x4_two_sided_helium(&vector);
    } else {
        ek_matmul_1x4_floor_helium(&vector);
    }
}

/* Channel i of the group at `weights`. */
static void one_channel(const ek_filters_helium *filters, const ek_pixels_helium *pixels, const uint32_t *weights,
                        int32_t i)
{
    const uint32_t *const constants = weights + 16 * pixels->chunks;
    const ek_channel_helium channel = {pixels->x,
                                       pixels->x_step,
                                       pixels->y + i,
                                       pixels->y_step,
                                       (const int8_t *)weights + EK_CHUNK_HELIUM * i,
                                       pixels->pixels,
                                       pixels->skip,
                                       pixels->chunks,
                                       (int32_t)constants[i],
                                       (int32_t)constants[4 + i],
                                       ((const int8_t *)(constants + 8))[i],
                                       pixels->output};

    if (filters->two_sided) {
        ek_matmul_4x1_two_sided_helium(&channel);
    } else {
        ek_matmul_4x1_floor_helium(&channel);
    }
}

void ek_products_helium(const ek_filters_helium *filters, const int8_t *x, int32_t x_step, int32_t count, int8_t *y)
{
    const int32_t chunks = (filters->depth + EK_CHUNK_HELIUM - 1) / EK_CHUNK_HELIUM;
    const int32_t group_words = 16 * chunks + 9;
    const int32_t groups = filters->channels >> 2;
    ek_pixels_helium pixels;

    pixels.x = x;
    pixels.x_step = x_step;
    pixels.y = y;
    pixels.y_step = filters->y_step;
    pixels.weights = filters->weights;
    pixels.weights_end = filters->weights + groups * group_words;
    pixels.pixels = count & ~1;
    pixels.skip = filters->depth - EK_CHUNK_HELIUM * (chunks - 1);
    pixels.depth = filters->depth;
    pixels.chunks = chunks;
    pixels.output = filters->output;
    if (groups > 0 && count > 1) {
        product(filters, &pixels);
    }
    if (groups > 0 && (count & 1)) {
        one_pixel(filters, &pixels, groups);
    }
    pixels.y += 4 * groups;
    pixels.pixels = count;
    for (int32_t i = 0; i < (filters->channels & 3); ++i) {
        one_channel(filters, &pixels, pixels.weights_end, i);
    }
}
