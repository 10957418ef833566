/* SPDX-License-Identifier: MIT-0 */
#ifndef EK_CONCATENATION_S8_H
#define EK_CONCATENATION_S8_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* y = several inputs, joined along one dimension. */
typedef struct {
    int32_t outer;       /* elements of y's dimensions before the joined one */
    int32_t parts;       /* inputs */
    const int32_t *runs; /* [parts]: bytes of each input that lie side by side */
} ek_concatenation;

void ek_concatenation_s8(const ek_concatenation *layer, const int8_t *const *x, int8_t *y);

#ifdef __cplusplus
}
#endif

#endif
