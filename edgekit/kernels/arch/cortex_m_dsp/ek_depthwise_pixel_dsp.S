/* SPDX-License-Identifier: MIT-0 */
/* Depthwise products of one pixel, see ek_depthwise_pixel_dsp.h. 22 instructions for 8 products.
 *
 * r0 x, r1 weights, r2 taps, r3 end of the taps, r4-r7 sums of 4 channels, all others operands.
 */
    .syntax unified
    .thumb

/* Offsets in the stack frame. */
    .equ PIXEL_Y, 0
    .equ PIXEL_WEIGHTS_END, 4
    .equ PIXEL_TAPS, 8
    .equ PIXEL_BYTES, 12

    .macro TAP inputs, weights
    sxtb16 r10, \inputs
    sxtb16 r11, \weights
    smlabb r4, r10, r11, r4
    smlatt r6, r10, r11, r6
    sxtb16 r10, \inputs, ror #8
    sxtb16 r11, \weights, ror #8
    smlabb r5, r10, r11, r5
    smlatt r7, r10, r11, r7
    .endm

    .macro FINISH_FLOOR
    ldm r1!, {r8-r12, lr}
    add r4, r8, r4, lsl #12
    add r5, r10, r5, lsl #12
    add r6, r12, r6, lsl #12
    smmul r4, r4, r9
    smmul r5, r5, r11
    smmul r6, r6, lr
    ldm r1!, {r8, r9}
    add r7, r8, r7, lsl #12
    smmul r7, r7, r9
    .irp acc, r4, r5, r6, r7
    ssat \acc, #8, \acc, asr #16
    .endr
    .endm

    .macro FINISH_TWO_SIDED
    .irp acc, r4, r5, r6, r7
    ldm r1!, {r8-r11}
    add \acc, r8, \acc, lsl #1
    smmlar r8, \acc, r9, r10
    add \acc, r8, \acc, asr #31
    asr \acc, \acc, r11
    ssat \acc, #8, \acc
    .endr
    .endm

    .macro DEPTHWISE_PIXEL name, finish
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    push {r4-r11, lr}
    ldm r0, {r4-r9}
    mov r0, r4
    mov r1, r6
    mov r2, r8
    mov r3, r9
    push {r5, r7, r8}
1:  /* the next four channels */
    mov r4, #0
    mov r5, #0
    mov r6, #0
    mov r7, #0
2:
    ldm r2!, {r8, r12}
    ldm r1!, {r9, lr}
    ldr r8, [r0, r8]
    ldr r12, [r0, r12]
    TAP r8, r9
    TAP r12, lr
    cmp r2, r3
    bne 2b
    \finish
    ldm sp, {r8, r9, r10}           /* y, weights_end, taps */
    bfi r4, r5, #8, #24
    bfi r6, r7, #8, #24
    pkhbt r4, r4, r6, lsl #16
    str r4, [r8], #4
    str r8, [sp, #PIXEL_Y]
    mov r2, r10
    add r0, r0, #4
    cmp r1, r9
    bne 1b
    add sp, sp, #PIXEL_BYTES
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

    DEPTHWISE_PIXEL ek_depthwise_pixel_floor_dsp, FINISH_FLOOR
    DEPTHWISE_PIXEL ek_depthwise_pixel_two_sided_dsp, FINISH_TWO_SIDED
