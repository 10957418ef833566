/* SPDX-License-Identifier: MIT-0 */
#include "loader.h"

#include <string.h>

#include "adapter.h"
#include "inputs.h"
#include "line.h"
#include "text.h"

static int target;
static size_t expected;
static size_t position;

void ek_loader_start(int into, size_t count)
{
    target = into;
    expected = count;
    position = 0;
}

/* Asked for anew by each command, because an inference in between may have overwritten the model's inputs. */
static uint8_t *writable(void)
{
    return target == EK_LOADER_ADAPTER ? ek_adapter_load() : ek_inputs_write(target);
}

void ek_loader_append(const char *digits)
{
    uint8_t *buffer;

    if (expected == 0) {
        ek_put_line("e-[Command 'db load' must come first]");
        return;
    }
    if (strlen(digits) % 2 != 0) {
        ek_put_line("e-[Insufficent number of hex digits]"); /* spelled as the protocol has it */
        return;
    }
    buffer = writable();
    for (; *digits != '\0' && position < expected; digits += 2) {
        int high = ek_line_hex(digits[0]);
        int low = ek_line_hex(digits[1]);
        if (high < 0 || low < 0) {
            ek_put("e-[Invalid hex digit '");
            ek_put_quoted(digits, 2);
            ek_put_line("']");
            return;
        }
        buffer[position++] = (uint8_t)(high * 16 + low);
        if (position == expected) {
            ek_put_line("m-load-done");
        }
    }
}

void ek_loader_print(void)
{
    const uint8_t *buffer = writable();

    for (size_t start = 0; start < expected; start += 8) {
        ek_put("m-buffer");
        for (size_t i = start; i < start + 8 && i < expected; i++) {
            ek_put("-");
            ek_put_hex(buffer + i, 1);
        }
        ek_put_line("");
    }
    if (expected % 8 != 0) {
        ek_put_line("");
    }
}
