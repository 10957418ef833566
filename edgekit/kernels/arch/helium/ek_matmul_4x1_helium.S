/* SPDX-License-Identifier: MIT-0 */
/* 4 pixels by 1 channel at a time, see ek_matmul_helium.h. 9 instructions for 64 products.
 *
 * r0, r2, r4, r6 sums of the pixels, r3, r5, r7, r9 their inputs, r1 weights, r8 outputs, r10 pixels left; q4, q5
 * limits, q6 shift, q7 where the outputs of 4 pixels are.
 */
    .syntax unified
    .thumb

/* Offsets in ek_channel_helium. */
    .equ IN_X, 0
    .equ IN_Y, 8
    .equ IN_WEIGHTS, 16
    .equ IN_SKIP, 24
    .equ IN_BIAS, 32
    .equ IN_SHIFT, 40
    .equ IN_ACT_MIN, 48

/* Offsets in the stack frame. */
    .equ X, 0
    .equ X_STEP, 4
    .equ WEIGHTS, 8
    .equ CHUNKS, 12         /* behind the first */
    .equ BIAS, 16
    .equ MULTIPLIER, 20
    .equ ZERO_POINT, 24
    .equ SKIP, 28
    .equ Y_STEP, 32         /* of 4 pixels */
    .equ FRAME, 40

    .macro PRODUCTS op
    vldrb.u8 q1, [r1], #64
    vldrb.u8 q0, [r3], #16
    \op r0, q1, q0
    vldrb.u8 q0, [r5], #16
    \op r2, q1, q0
    vldrb.u8 q0, [r7], #16
    \op r4, q1, q0
    vldrb.u8 q0, [r9], #16
    \op r6, q1, q0
    .endm

    .macro MATMUL_4X1 name, two_sided
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    push {r4-r11, lr}
    vpush {d8-d15}
    sub sp, sp, #FRAME
    ldrd r3, r2, [r0, #IN_X]
    strd r3, r2, [sp, #X]
    ldrd r8, r2, [r0, #IN_Y]
    movs r4, #0
    vidup.u32 q7, r4, #1
    vmul.i32 q7, q7, r2
    lsl r2, r2, #2
    str r2, [sp, #Y_STEP]
    ldrd r2, r10, [r0, #IN_WEIGHTS]
    ldrd r4, r5, [r0, #IN_SKIP]
    subs r5, r5, #1
    strd r2, r5, [sp, #WEIGHTS]
    ldrd r2, r5, [r0, #IN_BIAS]
    strd r2, r5, [sp, #BIAS]
    ldrd r2, r5, [r0, #IN_SHIFT]
    vdup.32 q6, r2
    strd r5, r4, [sp, #ZERO_POINT]
    ldrd r2, r5, [r0, #IN_ACT_MIN]
    vdup.32 q4, r2
    vdup.32 q5, r5
1:  /* the next 4 pixels; of fewer the first stands in for the others */
    ldrd r3, r2, [sp, #X]
    add r5, r3, r2
    add r7, r5, r2
    add r9, r7, r2
    add r4, r9, r2
    str r4, [sp, #X]
    vctp.32 r10
    cmp r10, #4
    bge 2f
    mov r9, r3
    cmp r10, #3
    it lt
    movlt r7, r3
    cmp r10, #2
    it lt
    movlt r5, r3
2:
    ldrd r1, lr, [sp, #WEIGHTS]
    ldr r11, [sp, #SKIP]
    sub r11, r11, #16
    PRODUCTS vmladav.s8
    add r3, r3, r11
    add r5, r5, r11
    add r7, r7, r11
    add r9, r9, r11
    wls lr, lr, 4f
3:
    PRODUCTS vmladava.s8
    le lr, 3b
4:
    vmov q0[2], q0[0], r0, r4
    vmov q0[3], q0[1], r2, r6
    ldrd r0, r2, [sp, #BIAS]
    vadd.i32 q0, q0, r0
    vqrdmulh.s32 q0, q0, r2
    .if \two_sided                  /* 1 off where the sum is negative and the shift is not 0 */
    vand q1, q0, q6
    vshr.s32 q1, q1, #31
    vadd.i32 q0, q0, q1
    .endif
    ldr r0, [sp, #ZERO_POINT]
    vrshl.s32 q0, q0, q6
    vqadd.s32 q0, q0, r0
    vmax.s32 q0, q0, q4
    vmin.s32 q0, q0, q5
    vpst
    vstrbt.32 q0, [r8, q7]
    ldr r2, [sp, #Y_STEP]
    add r8, r8, r2
    subs r10, r10, #4
    bgt 1b
    add sp, sp, #FRAME
    vpop {d8-d15}
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

    MATMUL_4X1 ek_matmul_4x1_floor_helium, 0
    MATMUL_4X1 ek_matmul_4x1_two_sided_helium, 1
