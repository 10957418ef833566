/* SPDX-License-Identifier: MIT-0 */
/* Depthwise products of one pixel, see ek_depthwise_pixel_dsp.h. 18 instructions for 8 products.
 *
 * r0 x, r1 weights, r2 taps, r3 end of the taps, r4-r7 sums of 4 channels, all others operands; at the end of a group r2
 * and r3 are, too.
 */
    .syntax unified
    .thumb

/* Offsets in the stack frame. */
    .equ PIXEL_ENTRY, 16
    .equ PIXEL_FINISH, 20
    .equ PIXEL_BYTES, 24

/* The first tap. */
    .macro FIRST
    ldr r8, [r2], #4
    ldr r9, [r1], #4
    ldr r8, [r0, r8]
    sxtb16 r11, r9
    sxtb16 r10, r8
    sxtb16 r9, r9, ror #8
    sxtb16 r8, r8, ror #8
    smulbb r4, r10, r11
    smultt r6, r10, r11
    smulbb r5, r8, r9
    smultt r7, r8, r9
    .endm

/* Two channels of two taps: halves of the words \inputs and \weights. r8 and lr are written. */
    .macro TWO_CHANNELS first, second, inputs, weights
    sxtb16 r8, \inputs
    sxtb16 lr, \weights
    smlad \first, r8, lr, \first
    sxtb16 r8, \inputs, ror #8
    sxtb16 \weights, \weights, ror #8
    smlad \second, r8, \weights, \second
    .endm

/* Two taps. EK_PIXEL_PAIR_BYTES bytes of code. */
    .macro PAIR
    ldm.w r2!, {r8, r9}
    ldrd r10, r11, [r1], #8
    ldr.w r8, [r0, r8]
    ldr.w r9, [r0, r9]
    pkhbt r12, r8, r9, lsl #16
    pkhtb r9, r9, r8, asr #16
    TWO_CHANNELS r4, r5, r12, r10
    TWO_CHANNELS r6, r7, r9, r11
    .endm

    .macro FINISH_FLOOR
    ldm r1!, {r2, r3, r8-r12, lr}
    add r4, r2, r4, lsl #12
    add r5, r8, r5, lsl #12
    add r6, r10, r6, lsl #12
    add r7, r12, r7, lsl #12
    smmul r4, r4, r3
    smmul r5, r5, r9
    smmul r6, r6, r11
    smmul r7, r7, lr
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

    .section .text.ek_depthwise_pixel_dsp, "ax", %progbits
    .balign 4
    .global ek_depthwise_at_places_dsp
    .global ek_depthwise_at_pointers_dsp
    .type ek_depthwise_at_places_dsp, %function
    .type ek_depthwise_at_pointers_dsp, %function
    .thumb_func
ek_depthwise_at_places_dsp:
    .thumb_func
ek_depthwise_at_pointers_dsp:
    push {r4-r11, lr}
    ldm r0, {r0-r7}                 /* x, weights, taps, taps_end, y, weights_end, entry, two_sided */
    adr r8, 2f
    cmp r7, #0
    ite eq
    adreq r7, 4f
    adrne r7, 3f
    add r6, r6, r8
    add r7, r7, #1
    sub r4, r4, r0                  /* from x to y */
    push {r2-r7}
1:  /* the next four channels */
    FIRST
    ldr pc, [sp, #PIXEL_ENTRY]
    .balign 4
2:
    .rept 4
    PAIR
    .endr
    cmp r2, r3
    bne 2b                          /* EK_PIXEL_CHECK_BYTES up to here */
    ldr pc, [sp, #PIXEL_FINISH]
    .balign 4
3:
    FINISH_TWO_SIDED
    b 5f
    .balign 4
4:
    FINISH_FLOOR
5:
    ldm sp, {r2, r3, r8, r9}        /* taps, taps_end, from x to y, weights_end */
    bfi r4, r5, #8, #24
    bfi r6, r7, #8, #24
    pkhbt r4, r4, r6, lsl #16
    str r4, [r0, r8]
    add r0, r0, #4
    cmp r1, r9
    bne 1b
    add sp, sp, #PIXEL_BYTES
    pop {r4-r11, pc}
    .size ek_depthwise_at_places_dsp, . - ek_depthwise_at_places_dsp
    .size ek_depthwise_at_pointers_dsp, . - ek_depthwise_at_pointers_dsp
