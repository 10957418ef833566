/* SPDX-License-Identifier: MIT-0 */
/* The logistic function in float. */
#include "ek_logistic_f32.h"

#include "ek_exp.h"

/* Where TFLite's kernel takes 1, and exp(x), for the result. */
#define UPPER 16.6190472f
#define LOWER -9.0f

static float logistic(float x)
{
    if (x > UPPER) {
        return 1.0f;
    }
    return x < LOWER ? ek_exp(x) : 1.0f / (1.0f + ek_exp(-x));
}

void ek_logistic_f32(const ek_logistic_layer_f32 *layer, const float *x, float *y)
{
    for (int32_t i = 0; i < layer->elements; ++i) {
        y[i] = logistic(x[i]);
    }
}
