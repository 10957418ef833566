/* SPDX-License-Identifier: MIT-0 */
/* 1 vector by 4 rows at a time, see ek_matmul_1x4_dsp.h. 27 instructions for 32 products.
 *
 * r0 weights, r1 activations, r2 and r4 sums 256 * X + Y of two rows each, r3 and r5 sums Y, all others operands.
 */
    .syntax unified
    .thumb

/* Offsets in the stack frame: a copy of ek_vector_dsp without `weights`, `entry` made an address. */
    .equ VECTOR_ACTIVATIONS_END, 12
    .equ VECTOR_ENTRY, 16
    .equ VECTOR_SCALE, 20
    .equ VECTOR_MULTIPLIER, 24
    .equ VECTOR_Y, 4
    .equ VECTOR_BYTES, 36

    .macro PRODUCT s, y, w, a, first=0
    .if \first
    smuad \s, \w, \a
    sxtb16 \w, \w
    smuad \y, \w, \a
    .else
    smlad \s, \w, \a, \s
    sxtb16 \w, \w
    smlad \y, \w, \a, \y
    .endif
    .endm

/* Four pairs of inputs, two rows. */
    .macro TWO_ROWS s, y, first=0
    ldm.w r0!, {r6-r9}
    PRODUCT \s, \y, r6, r10, \first
    PRODUCT \s, \y, r7, r11
    PRODUCT \s, \y, r8, r12
    PRODUCT \s, \y, r9, lr
    .endm

/* The starts are in r6-r9; rows 0 to 3 are r3, r2, r5, r4. */
    .macro FINISH_FLOOR
    ldrd r10, r11, [sp, #VECTOR_SCALE]
    mla r3, r3, r10, r6
    mla r5, r5, r10, r8
    asr r10, r10, #8                /* the sums X are scaled by 256 */
    mla r2, r2, r10, r7
    mla r4, r4, r10, r9
    .irp acc, r3, r2, r5, r4
    smmul \acc, \acc, r11
    .endr
    .irp acc, r3, r2, r5, r4
    ssat \acc, #8, \acc, asr #16
    .endr
    .endm

    .macro ROUND acc
    smmlar lr, \acc, r10, r11
    add \acc, lr, \acc, asr #31
    asr \acc, \acc, r12
    ssat \acc, #8, \acc
    .endm

    .macro FINISH_TWO_SIDED
    add lr, sp, #VECTOR_MULTIPLIER
    ldm lr, {r10, r11, r12}
    add r3, r6, r3, lsl #1
    add r2, r7, r2, asr #7          /* 2 * X */
    add r5, r8, r5, lsl #1
    add r4, r9, r4, asr #7
    ROUND r3
    ROUND r2
    ROUND r5
    ROUND r4
    .endm

    .macro MATMUL_1X4 name, finish
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    push {r4-r11, lr}
    ldm r0, {r1-r10}
    adr r0, 2f
    add r5, r5, r0
    push {r1-r9}
    mov r0, r10
1:  /* the next four rows */
    ldm r1!, {r10, r11, r12, lr}
    TWO_ROWS r2, r3, 1
    TWO_ROWS r4, r5, 1
    ldr pc, [sp, #VECTOR_ENTRY]
    .balign 4
2:
    .rept 4
    ldm.w r1!, {r10, r11, r12, lr}
    TWO_ROWS r2, r3
    TWO_ROWS r4, r5
    .endr
    ldr.w r6, [sp, #VECTOR_ACTIVATIONS_END]
    cmp.w r1, r6
    bne.w 2b                        /* EK_VECTOR_CHECK_BYTES up to here */
    ldm r0!, {r6-r9}
    sub r2, r2, r3
    sub r4, r4, r5
    \finish
    ldm sp, {r1, r6, r7}            /* activations, y, weights_end */
    bfi r3, r2, #8, #24
    bfi r5, r4, #8, #24
    pkhbt r3, r3, r5, lsl #16
    str r3, [r6], #4
    str r6, [sp, #VECTOR_Y]
    cmp r0, r7
    bne 1b
    add sp, sp, #VECTOR_BYTES
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

    MATMUL_1X4 ek_matmul_1x4_floor_dsp, FINISH_FLOOR
    MATMUL_1X4 ek_matmul_1x4_two_sided_dsp, FINISH_TWO_SIDED
