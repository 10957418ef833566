/* SPDX-License-Identifier: MIT-0 */
/* See ek_max_helium.h.
 *
 * r1 window, r2 channels left, r3 outputs, r4 rows, r5 row stride, r6 columns, r7 column stride, r8 smallest output,
 * r10 row, r12 rows left; q0 largest, q2 largest output.
 */
    .syntax unified
    .thumb

    .section .text.ek_max_window_s8_helium, "ax", %progbits
    .balign 4
    .global ek_max_window_s8_helium
    .type ek_max_window_s8_helium, %function
    .thumb_func
ek_max_window_s8_helium:
    push {r4-r10, lr}
    ldm r0, {r4-r9}
    vdup.8 q2, r9
1:
    vctp.8 r2
    vdup.8 q0, r8
    mov r10, r1
    mov r12, r4
2:
    mov r0, r10
    dls lr, r6
3:
    vpst
    vldrbt.u8 q1, [r0]
    vmax.s8 q0, q0, q1
    add r0, r0, r7
    le lr, 3b
    add r10, r10, r5
    subs r12, r12, #1
    bne 2b
    vmin.s8 q0, q0, q2
    vpst
    vstrbt.8 q0, [r3]
    add r1, r1, #16
    add r3, r3, #16
    subs r2, r2, #16
    bgt 1b
    pop {r4-r10, pc}
    .size ek_max_window_s8_helium, . - ek_max_window_s8_helium
