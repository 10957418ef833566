/* SPDX-License-Identifier: MIT-0 */
/* 4 channels of a pixel at a time, see ek_depthwise_3x3_helium.h. 19 instructions for 36 products.
 *
 * r0, r2, r4, r6 sums, r1 weights, r3 first pixel's outputs, r7 outputs, r5 pixels, r8 bias, r9 groups left, r10
 * channels, r11 zero point, r12 table; q0 ... q3 weights, q4 a window, then the sums, q5 shift, q6 multiplier, q7
 * addresses.
 */
    .syntax unified
    .thumb

/* Offsets in the stack frame: a copy of ek_depthwise_3x3_row_helium, and the channels left. */
    .equ ROWS, 0
    .equ INSIDE, 24
    .equ TABLE, 32
    .equ Y, 36
    .equ CHANNELS, 40
    .equ WEIGHTS, 48
    .equ ZERO_POINT, 52
    .equ LEFT, 56
    .equ FRAME, 64

    .macro DEPTHWISE_3X3 name, stride, two_sided
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    push {r4-r11, lr}
    vpush {d8-d15}
    sub sp, sp, #FRAME
    ldm r0!, {r1-r7}
    stm sp, {r1-r7}
    add r8, sp, #28
    ldm r0, {r1-r7}
    stm r8, {r1-r7}
    mov r8, r4
    str r8, [sp, #LEFT]

1:  /* the next 16 of r8 channels */
    ldm sp, {r1-r6}
    ldrd r0, r7, [sp, #INSIDE]
    vctp.8 r8
    dls lr, r7
2:
    vpsttt
    vldrbt.u8 q0, [r1]
    vldrbt.u8 q1, [r2]
    vldrbt.u8 q2, [r3]
    add r1, r1, r4
    add r2, r2, r5
    add r3, r3, r6
    vst40.8 {q0, q1, q2, q3}, [r0]
    vst41.8 {q0, q1, q2, q3}, [r0]
    vst42.8 {q0, q1, q2, q3}, [r0]
    vst43.8 {q0, q1, q2, q3}, [r0]!
    le lr, 2b
    ldm sp, {r1-r3}
    add r1, r1, #16
    add r2, r2, #16
    add r3, r3, #16
    stm sp, {r1-r3}
    cmp r8, #16
    it hi
    movhi r8, #16
    lsr r9, r8, #2
    ldrd r12, r3, [sp, #TABLE]
    ldrd r10, r5, [sp, #CHANNELS]
    ldrd r1, r11, [sp, #WEIGHTS]

3:  /* the next 4 channels */
    movs r2, #3
    vctp.32 r2
    vpstttt                         /* three columns; a fourth of zeros */
    vldrwt.u32 q0, [r1], #12
    vldrwt.u32 q1, [r1], #12
    vldrwt.u32 q2, [r1], #12
    vldrwt.u32 q3, [r1], #12
    vldrw.u32 q6, [r1], #16
    vldrb.s32 q5, [r1], #4
    mov r8, r1
    adds r1, r1, #16
    adr r2, 6f
    vldrw.u32 q7, [r2]
    vadd.i32 q7, q7, r12
    add r12, r12, #16
    mov r7, r3
    adds r3, r3, #4
    dls lr, r5
4:
    ldm r8, {r0, r2, r4, r6}
    vldrw.u32 q4, [q7, #(64 * \stride)]!
    vmladava.s8 r0, q4, q0
    vldrw.u32 q4, [q7, #4]
    vmladava.s8 r2, q4, q1
    vldrw.u32 q4, [q7, #8]
    vmladava.s8 r4, q4, q2
    vldrw.u32 q4, [q7, #12]
    vmladava.s8 r6, q4, q3
    vmov q4[2], q4[0], r0, r4
    vmov q4[3], q4[1], r2, r6
    vqrdmulh.s32 q4, q4, q6
    .if \two_sided                  /* 1 off where the sum is negative and the shift is not 0 */
    vand q3, q4, q5
    vshr.s32 q3, q3, #31
    vadd.i32 q4, q4, q3
    vpst                            /* the weights of the fourth channel again */
    vldrwt.u32 q3, [r8, #-32]
    .endif
    vrshl.s32 q4, q4, q5
    vqadd.s32 q4, q4, r11
    vqmovnb.s32 q4, q4
    vqmovnb.s16 q4, q4
    vstrb.32 q4, [r7]
    add r7, r7, r10
    le lr, 4b
    subs r9, r9, #1
    bne 3b

    str r1, [sp, #WEIGHTS]
    str r3, [sp, #Y]
    ldr r8, [sp, #LEFT]
    subs r8, r8, #16
    str r8, [sp, #LEFT]
    bgt 1b
    add sp, sp, #FRAME
    vpop {d8-d15}
    pop {r4-r11, pc}
    .balign 4
6:  /* where the columns of a window are, a pixel before the first; the fourth counts nothing */
    .word -64 * \stride, 64 - 64 * \stride, 128 - 64 * \stride, 128 - 64 * \stride
    .size \name, . - \name
    .endm

    DEPTHWISE_3X3 ek_depthwise_3x3_s1_floor_helium, 1, 0
    DEPTHWISE_3X3 ek_depthwise_3x3_s1_two_sided_helium, 1, 1
    DEPTHWISE_3X3 ek_depthwise_3x3_s2_floor_helium, 2, 0
    DEPTHWISE_3X3 ek_depthwise_3x3_s2_two_sided_helium, 2, 1
