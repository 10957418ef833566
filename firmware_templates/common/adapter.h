/* SPDX-License-Identifier: MIT-0 */
/* What stands between the bytes of `db` and the model, and between the model and the results line. One adapter is
 * linked, from adapters/. */
#ifndef EK_ADAPTER_H
#define EK_ADAPTER_H

#include <stddef.h>
#include <stdint.h>

size_t ek_adapter_bytes(void);   /* what `db load` should announce */
uint8_t *ek_adapter_load(void);  /* the buffer of that size; called when a load begins */
void ek_adapter_prepare(void);   /* before inference, untimed: loaded bytes -> model input */
void ek_adapter_finish(void);    /* after inference, untimed: keep what the results line needs */
void ek_adapter_put_results(void); /* the values between the brackets of the results line */

#endif
