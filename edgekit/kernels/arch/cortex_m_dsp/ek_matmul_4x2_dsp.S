/* SPDX-License-Identifier: MIT-0 */
/* 4 pixels by 2 channels at a time, see ek_matmul_dsp.h. 12 instructions for 16 products.
 *
 * r0 weights, r1 activations, r2-r5 sums 256 * X + Y, r6-r9 sums Y, r10-r12 and lr operands. There is no register for a
 * counter: the end of the activations is read once for every 16 pairs.
 */
    .syntax unified
    .thumb

/* Offsets in the stack frame: a copy of ek_tile_dsp without `weights`, `entry` made an address. */
    .equ TILE_Y, 4
    .equ TILE_ACTIVATIONS_END, 16
    .equ TILE_ENTRY, 20
    .equ TILE_SCALE, 24
    .equ TILE_BYTES, 28

/* One pair of inputs, 4 pixels, 2 channels. EK_TILE_PAIR_BYTES bytes of code. */
    .macro PAIR first=0
    ldr r10, [r0], #4
    ldrd r12, lr, [r1], #8
    sxtb16 r11, r10
    .if \first
    smuad r2, r10, r12
    smuad r3, r10, lr
    smuad r6, r11, r12
    smuad r7, r11, lr
    .else
    smlad r2, r10, r12, r2
    smlad r3, r10, lr, r3
    smlad r6, r11, r12, r6
    smlad r7, r11, lr, r7
    .endif
    ldrd r12, lr, [r1], #8
    .if \first
    smuad r4, r10, r12
    smuad r5, r10, lr
    smuad r8, r11, r12
    smuad r9, r11, lr
    .else
    smlad r4, r10, r12, r4
    smlad r5, r10, lr, r5
    smlad r8, r11, r12, r8
    smlad r9, r11, lr, r9
    .endif
    .endm

/* acc = high word of (start + acc * scale) * multiplier; the result is in its upper half. */
    .macro FLOOR start, scale, multiplier, a, b, c, d
    .irp acc, \a, \b, \c, \d
    mla \acc, \acc, \scale, \start
    .endr
    .irp acc, \a, \b, \c, \d
    smmul \acc, \acc, \multiplier
    .endr
    .endm

/* The two roundings of start + 2 * acc, for acc in units of 1 (r10-r12, lr: the constants; r1 is free). */
    .macro ROUND acc
    smmlar r1, \acc, r11, r12
    add \acc, r1, \acc, asr #31
    asr \acc, \acc, lr
    .endm

    .macro REQUANTIZE_FLOOR         /* r1: scale */
    ldm r0!, {r10, r11, r12, lr}
    FLOOR r10, r1, r11, r6, r7, r8, r9
    asr r1, r1, #8                  /* the sums X are scaled by 256 */
    FLOOR r12, r1, lr, r2, r3, r4, r5
    .irp acc, r2, r3, r4, r5, r6, r7, r8, r9
    ssat \acc, #8, \acc, asr #16
    .endr
    .endm

    .macro REQUANTIZE_TWO_SIDED
    ldm r0!, {r10, r11, r12, lr}
    .irp acc, r6, r7, r8, r9
    add \acc, r10, \acc, lsl #1
    ROUND \acc
    .endr
    ldm r0!, {r10, r11, r12, lr}
    .irp acc, r2, r3, r4, r5
    add \acc, r10, \acc, asr #7     /* 2 * X */
    ROUND \acc
    .endr
    .irp acc, r2, r3, r4, r5, r6, r7, r8, r9
    ssat \acc, #8, \acc
    .endr
    .endm

    .section .text.ek_matmul_4x2_dsp, "ax", %progbits
    .balign 4
    .global ek_matmul_4x2_dsp
    .type ek_matmul_4x2_dsp, %function
    .thumb_func
ek_matmul_4x2_dsp:
    push {r4-r11, lr}
    ldm r0, {r1-r8}
    adr r0, 2f
    add r6, r6, r0
    push {r1-r7}
    mov r0, r8
1:  /* the next two channels */
    PAIR first=1
    ldr pc, [sp, #TILE_ENTRY]
    .balign 4
2:
    .rept 16
    PAIR
    .endr
    ldr r10, [sp, #TILE_ACTIVATIONS_END]
    cmp r1, r10
    bne 2b
    sub r2, r2, r6
    sub r3, r3, r7
    sub r4, r4, r8
    sub r5, r5, r9
    ldr r1, [sp, #TILE_SCALE]
    cbz r1, 3f
    REQUANTIZE_FLOOR
    b 4f
3:
    REQUANTIZE_TWO_SIDED
4:
    bfi r6, r2, #8, #24
    bfi r7, r3, #8, #24
    bfi r8, r4, #8, #24
    bfi r9, r5, #8, #24
    ldm sp, {r1, r10, r11, r12}     /* activations, y, y_stride, weights_end */
    add lr, r10, #2
    str lr, [sp, #TILE_Y]
    strh r6, [r10]
    strh r7, [r10, r11]
    strh r8, [r10, r11, lsl #1]
    add r10, r10, r11
    strh r9, [r10, r11, lsl #1]
    cmp r0, r12
    bne 1b
    add sp, sp, #TILE_BYTES
    pop {r4-r11, pc}
    .size ek_matmul_4x2_dsp, . - ek_matmul_4x2_dsp
