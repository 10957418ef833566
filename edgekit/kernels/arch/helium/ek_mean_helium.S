/* SPDX-License-Identifier: MIT-0 */
/* See ek_mean_helium.h.
 *
 * r0 tap, r1 window, r2 channels left, r3 outputs, r4 rows, r5 gap, r6 columns, r7 column stride, r8 count, r9 even,
 * r10 smallest output, r11 largest, r12 rows left; q0 sums and odd lanes, q1 even lanes, q3 multiplier.
 */
    .syntax unified
    .thumb

    .equ WINDOW_MULTIPLIER, 24

/* The quotients of 4 sums; q2 is overwritten. */
    .macro QUOTIENTS sums
    vshr.s32 q2, \sums, #31
    vadd.i32 \sums, \sums, \sums
    vmla.s32 \sums, q2, r9
    vadd.i32 \sums, \sums, r8
    vmulh.s32 \sums, \sums, q3
    .endm

    .section .text.ek_mean_window_s8_helium, "ax", %progbits
    .balign 4
    .global ek_mean_window_s8_helium
    .type ek_mean_window_s8_helium, %function
    .thumb_func
ek_mean_window_s8_helium:
    push {r4-r11, lr}
    add r12, r0, #WINDOW_MULTIPLIER
    ldm r0, {r4-r9}
    ldm r12, {r0, r10, r11}
    vdup.32 q3, r0
1:
    vctp.16 r2
    vmov.i32 q0, #0
    mov r0, r1
    mov r12, r4
2:
    dls lr, r6
3:
    vpst
    vldrbt.s16 q1, [r0]
    vadd.i16 q0, q0, q1
    add r0, r0, r7
    le lr, 3b
    add r0, r0, r5
    subs r12, r12, #1
    bne 2b
    vmovlb.s16 q1, q0
    vmovlt.s16 q0, q0
    QUOTIENTS q1
    QUOTIENTS q0
    vmovnt.i32 q1, q0
    vdup.16 q2, r10
    vmax.s16 q1, q1, q2
    vdup.16 q2, r11
    vmin.s16 q1, q1, q2
    vpst
    vstrbt.16 q1, [r3], #8
    add r1, r1, #8
    subs r2, r2, #8
    bgt 1b
    pop {r4-r11, pc}
    .size ek_mean_window_s8_helium, . - ek_mean_window_s8_helium
