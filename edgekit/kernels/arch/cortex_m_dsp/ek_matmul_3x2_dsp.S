/* SPDX-License-Identifier: MIT-0 */
/* 3 pixels by 2 channels at a time, see ek_matmul_3x2_dsp.h. 17 instructions for 24 products.
 *
 * r0 weights, r1 activations, r2-r6 operands, r7-r9 sums 256 * X + Y, r10-r12 sums Y, lr end of the activations.
 */
    .syntax unified
    .thumb

/* Offsets in the stack frame: a copy of ek_tile_dsp without `weights`, `entry` made an address. */
    .equ TILE_Y, 4
    .equ TILE_ENTRY, 20
    .equ TILE_SCALE, 24
    .equ TILE_BYTES, 28

/* One pair of inputs with the weights w, which are lost. */
    .macro PAIR w, first=0
    ldm r1!, {r4-r6}
    .if \first
    smuad r7, \w, r4
    smuad r8, \w, r5
    smuad r9, \w, r6
    .else
    smlad r7, \w, r4, r7
    smlad r8, \w, r5, r8
    smlad r9, \w, r6, r9
    .endif
    sxtb16 \w, \w
    .if \first
    smuad r10, \w, r4
    smuad r11, \w, r5
    smuad r12, \w, r6
    .else
    smlad r10, \w, r4, r10
    smlad r11, \w, r5, r11
    smlad r12, \w, r6, r12
    .endif
    .endm

/* Two pairs of inputs, 3 pixels, 2 channels. EK_LONG_CODE_BYTES bytes of code. */
    .macro WORD first=0
    ldm r0!, {r2, r3}
    PAIR r2, \first
    PAIR r3
    .endm

/* acc = high word of (start + acc * r6) * multiplier; the result is in its upper half. */
    .macro FLOOR start, multiplier, a, b, c
    .irp acc, \a, \b, \c
    mla \acc, \acc, r6, \start
    .endr
    .irp acc, \a, \b, \c
    smmul \acc, \acc, \multiplier
    .endr
    .endm

/* The two roundings of start + 2 * acc, for acc in units of 1 (r2-r5: the constants; r1 is free). */
    .macro ROUND acc
    smmlar r1, \acc, r3, r4
    add \acc, r1, \acc, asr #31
    asr \acc, \acc, r5
    .endm

    .macro REQUANTIZE_FLOOR         /* r6: scale */
    ldm r0!, {r2-r5}
    FLOOR r2, r3, r10, r11, r12
    asr r6, r6, #8                  /* the sums X are scaled by 256 */
    FLOOR r4, r5, r7, r8, r9
    .irp acc, r7, r8, r9, r10, r11, r12
    ssat \acc, #8, \acc, asr #16
    .endr
    .endm

    .macro REQUANTIZE_TWO_SIDED
    ldm r0!, {r2-r5}
    .irp acc, r10, r11, r12
    add \acc, r2, \acc, lsl #1
    ROUND \acc
    .endr
    ldm r0!, {r2-r5}
    .irp acc, r7, r8, r9
    add \acc, r2, \acc, asr #7      /* 2 * X */
    ROUND \acc
    .endr
    .irp acc, r7, r8, r9, r10, r11, r12
    ssat \acc, #8, \acc
    .endr
    .endm

    .section .text.ek_matmul_3x2_dsp, "ax", %progbits
    .balign 4
    .global ek_matmul_3x2_dsp
    .type ek_matmul_3x2_dsp, %function
    .thumb_func
ek_matmul_3x2_dsp:
    push {r4-r11, lr}
    ldm r0, {r1-r8}
    adr r0, 2f
    add r6, r6, r0
    push {r1-r7}
    mov r0, r8
    mov lr, r5
1:  /* the next two channels */
    WORD first=1
    ldr pc, [sp, #TILE_ENTRY]
    .balign 4
2:
    .rept 12
    WORD
    .endr
    cmp r1, lr
    bne 2b
    sub r7, r7, r10
    sub r8, r8, r11
    sub r9, r9, r12
    ldr r6, [sp, #TILE_SCALE]
    cbz r6, 3f
    REQUANTIZE_FLOOR
    b 4f
3:
    REQUANTIZE_TWO_SIDED
4:
    bfi r10, r7, #8, #24
    bfi r11, r8, #8, #24
    bfi r12, r9, #8, #24
    ldm sp, {r1-r4, lr}             /* activations, y, y_stride, weights_end, activations_end */
    add r5, r2, #2
    str r5, [sp, #TILE_Y]
    strh r10, [r2]
    strh r11, [r2, r3]
    strh r12, [r2, r3, lsl #1]
    cmp r0, r4
    bne 1b
    add sp, sp, #TILE_BYTES
    pop {r4-r11, pc}
    .size ek_matmul_3x2_dsp, . - ek_matmul_3x2_dsp
