/* SPDX-License-Identifier: MIT-0 */
/* See ek_products_helium.h: 2 pixels by 4 channels at a time. */
#include "ek_products_helium.h"

/* Pixels whose last channels are computed together where they are no whole group. */
#define PARTIAL_PIXELS 16

static void product(const ek_filters_helium *filters, const ek_pixels_helium *pixels)
{
    if (filters->two_sided) {
        ek_matmul_2x4_two_sided_helium(pixels);
    } else {
        ek_matmul_2x4_floor_helium(pixels);
    }
}

/* The last channels % 4, by way of words of their own: a group always writes 4 bytes. */
static void last_channels(const ek_filters_helium *filters, ek_pixels_helium *pixels, int32_t count, int8_t *y)
{
    const int32_t channels = filters->channels & 3;
    int8_t words[4 * PARTIAL_PIXELS];

    pixels->y = words;
    pixels->y_step = 4;
    for (; count > 0; count -= PARTIAL_PIXELS) {
        pixels->pixels = count < PARTIAL_PIXELS ? count : PARTIAL_PIXELS;
        product(filters, pixels);
        for (int32_t i = 0; i < pixels->pixels; ++i, y += filters->y_step) {
            for (int32_t channel = 0; channel < channels; ++channel) {
                y[channel] = words[4 * i + channel];
            }
        }
        pixels->x += PARTIAL_PIXELS * pixels->x_step;
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
    pixels.pixels = count;
    pixels.skip = filters->depth - EK_CHUNK_HELIUM * (chunks - 1);
    pixels.depth = filters->depth;
    pixels.chunks = chunks;
    pixels.output = filters->output;
    if (groups > 0) {
        product(filters, &pixels);
    }
    if (filters->channels & 3) {
        pixels.weights = pixels.weights_end;
        pixels.weights_end += group_words;
        last_channels(filters, &pixels, count, y + 4 * groups);
    }
}
