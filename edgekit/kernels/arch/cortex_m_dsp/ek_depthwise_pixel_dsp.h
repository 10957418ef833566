/* SPDX-License-Identifier: MIT-0 */
/* Depthwise products of one pixel, 4 channels after another, in assembly.
 *
 * Weights stand in groups of 4 channels: a word of 4 bytes for each tap, then the constants of each channel in the order
 * of ek_matmul_dsp.h; the floor form has scale 2^12. Taps are filled up to an even number. */
#ifndef EK_DEPTHWISE_PIXEL_DSP_H
#define EK_DEPTHWISE_PIXEL_DSP_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The assembly reads the fields by their offsets. */
typedef struct {
    const int8_t *x; /* top left of the window */
    int8_t *y;       /* as many words as there are groups */
    const uint32_t *weights;
    const uint32_t *weights_end;
    const int32_t *taps; /* bytes from x */
    const int32_t *taps_end;
} ek_depthwise_pixel_dsp;

void ek_depthwise_pixel_floor_dsp(const ek_depthwise_pixel_dsp *pixel);
void ek_depthwise_pixel_two_sided_dsp(const ek_depthwise_pixel_dsp *pixel);

#ifdef __cplusplus
}
#endif

#endif
