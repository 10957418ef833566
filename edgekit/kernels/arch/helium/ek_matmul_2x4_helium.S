/* SPDX-License-Identifier: MIT-0 */
/* 2 pixels by 4 channels at a time, see ek_matmul_helium.h. 14 instructions for 128 products.
 *
 * VMLADAVA adds to even registers alone: r0, r2, r4, r6 are the sums of the first pixel, r8, r10, r12 and lr those of
 * the second. r1 weights, r3 and r5 inputs, r9 end of the first pixel's inputs, r7 first pixel's outputs, r11 bytes
 * from there to the second's. There is no register for a loop counter, so the chunks are a ladder of 4 that is entered
 * at the right rung.
 */
    .syntax unified
    .thumb

/* Offsets in ek_pixels_helium. */
    .equ IN_X, 0
    .equ IN_Y, 8
    .equ IN_WEIGHTS, 16
    .equ IN_PIXELS, 24
    .equ IN_SKIP, 28
    .equ IN_CHUNKS, 36
    .equ IN_ZERO_POINT, 40
    .equ IN_ACT_MIN, 44

/* Offsets in the stack frame. */
    .equ Y, 0
    .equ X, 4               /* two pixels: their first chunks ... */
    .equ SECOND, 12         /* ... and their second */
    .equ ENTRY, 20
    .equ ZERO_POINT, 24
    .equ WEIGHTS_END, 28
    .equ WEIGHTS, 32
    .equ X_STEP, 36
    .equ Y_STEP, 40
    .equ PIXELS, 44
    .equ SKIP, 48
    .equ DEPTH, 52
    .equ FRAME, 56

    .equ CHUNK_BYTES, 56

    .macro CHUNK
    vldrb.u8 q0, [r3], #16
    vldrb.u8 q1, [r5], #16
    vldrb.u8 q2, [r1], #16
    vmladava.s8 r0, q2, q0
    vmladava.s8 r8, q2, q1
    vldrb.u8 q3, [r1], #16
    vmladava.s8 r2, q3, q0
    vmladava.s8 r10, q3, q1
    vldrb.u8 q2, [r1], #16
    vmladava.s8 r4, q2, q0
    vmladava.s8 r12, q2, q1
    vldrb.u8 q3, [r1], #16
    vmladava.s8 r6, q3, q0
    vmladava.s8 lr, q3, q1
    .endm

    .macro FIRST_CHUNK
    vldrb.u8 q0, [r3]
    vldrb.u8 q1, [r5]
    vldrb.u8 q2, [r1], #16
    vmladav.s8 r0, q2, q0
    vmladav.s8 r8, q2, q1
    vldrb.u8 q3, [r1], #16
    vmladav.s8 r2, q3, q0
    vmladav.s8 r10, q3, q1
    vldrb.u8 q2, [r1], #16
    vmladav.s8 r4, q2, q0
    vmladav.s8 r12, q2, q1
    vldrb.u8 q3, [r1], #16
    vmladav.s8 r6, q3, q0
    vmladav.s8 lr, q3, q1
    .endm

/* Takes 1 off where acc is negative and the shift q2 is not 0. */
    .macro TIES_AWAY acc
    vand q3, \acc, q2
    vshr.s32 q3, q3, #31
    vadd.i32 \acc, \acc, q3
    .endm

    .macro MATMUL_2X4 name, two_sided
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    push {r4-r11, lr}
    vpush {d8-d11}
    sub sp, sp, #FRAME
    ldrd r2, r3, [r0, #IN_ACT_MIN]
    vdup.32 q4, r2
    vdup.32 q5, r3
    ldr r2, [r0, #IN_ZERO_POINT]
    str r2, [sp, #ZERO_POINT]
    ldrd r2, r3, [r0, #IN_WEIGHTS]
    str r2, [sp, #WEIGHTS]
    str r3, [sp, #WEIGHTS_END]
    ldrd r3, r2, [r0, #IN_X]
    ldrd r7, r5, [r0, #IN_Y]
    strd r2, r5, [sp, #X_STEP]
    ldr r2, [r0, #IN_PIXELS]
    str r2, [sp, #PIXELS]
    ldrd r2, r4, [r0, #IN_SKIP]
    strd r2, r4, [sp, #SKIP]
    ldr r2, [r0, #IN_CHUNKS]
    subs r2, r2, #1
    beq 5f
    rsb r2, r2, #0
    and r2, r2, #3
    movs r4, #CHUNK_BYTES
    mul r2, r2, r4
    adr r4, 3f
    add r2, r2, r4
    b 6f
5:  adr r2, 4f
6:  orr r2, r2, #1
    str r2, [sp, #ENTRY]

1:  /* the next two pixels, at r3 and r7; the last one may be alone and is then computed twice */
    strd r7, r3, [sp, #Y]
    ldrd r5, r11, [sp, #X_STEP]
    ldr r0, [sp, #PIXELS]
    cmp r0, #1
    itt eq
    moveq r5, #0
    moveq r11, #0
    add r5, r5, r3
    str r5, [sp, #X + 4]
    ldrd r0, r1, [sp, #SKIP]
    add r2, r3, r0
    add r4, r5, r0
    strd r2, r4, [sp, #SECOND]
    add r9, r3, r1
    ldr r1, [sp, #WEIGHTS]

2:  /* the next four channels */
    ldrd r3, r5, [sp, #X]
    FIRST_CHUNK
    ldrd r3, r5, [sp, #SECOND]
    ldr pc, [sp, #ENTRY]
    .balign 4
3:
    .rept 4
    CHUNK
    .endr
    cmp r3, r9
    bne 3b
    .balign 4
4:
    vmov q0[2], q0[0], r0, r4
    vmov q0[3], q0[1], r2, r6
    vmov q1[2], q1[0], r8, r12
    vmov q1[3], q1[1], r10, lr
    vldrw.u32 q2, [r1], #16
    vadd.i32 q0, q0, q2
    vadd.i32 q1, q1, q2
    vldrw.u32 q3, [r1], #16
    vqrdmulh.s32 q0, q0, q3
    vqrdmulh.s32 q1, q1, q3
    vldrb.s32 q2, [r1], #4
    .if \two_sided
    TIES_AWAY q0
    TIES_AWAY q1
    .endif
    ldrd r0, r2, [sp, #ZERO_POINT]
    vrshl.s32 q0, q0, q2
    vrshl.s32 q1, q1, q2
    vqadd.s32 q0, q0, r0
    vqadd.s32 q1, q1, r0
    vmax.s32 q0, q0, q4
    vmax.s32 q1, q1, q4
    vmin.s32 q0, q0, q5
    vmin.s32 q1, q1, q5
    add r4, r7, r11
    vstrb.32 q0, [r7], #4
    vstrb.32 q1, [r4]
    cmp r1, r2
    bne 2b

    ldr r0, [sp, #PIXELS]
    subs r0, r0, #2
    ble 7f
    str r0, [sp, #PIXELS]
    ldrd r2, r4, [sp, #X_STEP]
    ldrd r7, r3, [sp, #Y]
    add r3, r3, r2, lsl #1
    add r7, r7, r4, lsl #1
    b 1b
7:
    add sp, sp, #FRAME
    vpop {d8-d11}
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

    MATMUL_2X4 ek_matmul_2x4_floor_helium, 0
    MATMUL_2X4 ek_matmul_2x4_two_sided_helium, 1
