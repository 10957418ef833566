/* SPDX-License-Identifier: MIT-0 */
/* 16 channels at a time, see ek_depthwise_helium.h. 23 instructions for 32 products.
 *
 * r0 pixel, r1 weights, r2 next place, r3, r4 taps, r5 block, r6 outputs, r7 blocks left, r8 places, r9 pairs, r10
 * pixels left, r11 zero point, r12 outputs of the pixel; q0 ... q3 sums.
 */
    .syntax unified
    .thumb

/* Offsets in the stack frame. */
    .equ X_STEP, 0
    .equ Y_STEP, 4
    .equ WEIGHTS, 8
    .equ BLOCKS, 12
    .equ ACT_MIN, 16
    .equ FRAME, 24

    .macro PAIR
    ldrd r3, r4, [r2], #8
    add r3, r3, r5
    add r4, r4, r5
    vldrb.u8 q4, [r3]
    vldrb.u8 q5, [r1], #16
    vmullb.s8 q6, q4, q5
    vmullt.s8 q4, q4, q5
    vldrb.u8 q5, [r4]
    vldrb.u8 q7, [r1]               /* read twice: there is no register for a second copy */
    vmullb.s8 q7, q5, q7
    vadd.i16 q6, q6, q7
    vldrb.u8 q7, [r1], #16
    vmullt.s8 q7, q5, q7
    vadd.i16 q4, q4, q7
    vmovlb.s16 q5, q6
    vadd.i32 q0, q0, q5
    vmovlt.s16 q5, q6
    vadd.i32 q1, q1, q5
    vmovlb.s16 q5, q4
    vadd.i32 q2, q2, q5
    vmovlt.s16 q5, q4
    vadd.i32 q3, q3, q5
    .endm

    .macro REQUANTIZE acc, two_sided
    vldrw.u32 q4, [r1], #16
    vqrdmulh.s32 \acc, \acc, q4
    vldrb.s32 q5, [r1], #4
    .if \two_sided                  /* 1 off where acc is negative and the shift is not 0 */
    vand q6, \acc, q5
    vshr.s32 q6, q6, #31
    vadd.i32 \acc, \acc, q6
    .endif
    vrshl.s32 \acc, \acc, q5
    .endm

    .macro DEPTHWISE name, two_sided
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    push {r4-r11, lr}
    vpush {d8-d15}
    sub sp, sp, #FRAME
    ldrd r2, r3, [r0, #40]          /* limits */
    strd r2, r3, [sp, #ACT_MIN]
    ldrd r8, r11, [r0, #32]         /* places, zero point */
    ldrd r10, r9, [r0, #24]         /* pixels, pairs */
    ldrd r2, r3, [r0, #16]          /* weights, blocks */
    strd r2, r3, [sp, #WEIGHTS]
    ldrd r12, r3, [r0, #8]          /* y, y_step */
    ldrd r0, r2, [r0]               /* x, x_step */
    strd r2, r3, [sp, #X_STEP]
1:  /* the next pixel */
    ldrd r1, r7, [sp, #WEIGHTS]
    mov r5, r0
    mov r6, r12
2:  /* the next 16 channels */
    vldrw.u32 q0, [r1], #16
    vldrw.u32 q1, [r1], #16
    vldrw.u32 q2, [r1], #16
    vldrw.u32 q3, [r1], #16
    mov r2, r8
    dls lr, r9
3:
    PAIR
    le lr, 3b
    REQUANTIZE q0, \two_sided
    REQUANTIZE q1, \two_sided
    REQUANTIZE q2, \two_sided
    REQUANTIZE q3, \two_sided
    vqmovnb.s32 q0, q0
    vqmovnb.s32 q2, q2
    vqmovnt.s32 q0, q1
    vqmovnt.s32 q2, q3
    ldrd r3, r4, [sp, #ACT_MIN]
    vqadd.s16 q0, q0, r11
    vqadd.s16 q2, q2, r11
    vdup.8 q4, r3
    vqmovnb.s16 q0, q0
    vdup.8 q5, r4
    vqmovnt.s16 q0, q2
    vmax.s8 q0, q0, q4
    vmin.s8 q0, q0, q5
    add r5, r5, #16
    vstrb.8 q0, [r6], #16
    subs r7, r7, #1
    bne 2b
    ldrd r3, r4, [sp, #X_STEP]
    add r0, r0, r3
    add r12, r12, r4
    subs r10, r10, #1
    bne 1b
    add sp, sp, #FRAME
    vpop {d8-d15}
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

    DEPTHWISE ek_depthwise_floor_helium, 0
    DEPTHWISE ek_depthwise_two_sided_helium, 1
