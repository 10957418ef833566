/* SPDX-License-Identifier: MIT-0 */
/* Runs the model on the board and speaks the device protocol of protocol.h on the serial port. */
#include "ek_model.h"
#include "frames.h"
#include "line.h"
#include "protocol.h"
#include "system.h"
#include "timer.h"
#include "uart.h"

int main(void)
{
    ek_system_init();
    ek_uart_init();
    ek_timer_init();
    ek_protocol_banner(ek_model_init());
    for (;;) {
        ek_protocol_answer(ek_frames_active() ? ek_frames_read() : ek_line_read());
    }
}
