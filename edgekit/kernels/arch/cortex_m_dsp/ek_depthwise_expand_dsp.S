/* SPDX-License-Identifier: MIT-0 */
/* Rows of 4 channels to pairs of 16 bits, see ek_depthwise_3x3_dsp.h.
 *
 * r0 from, r1 to, r2 pixel_step, r3 three times that, r4-r7 pixels of 4 channels, lr steps that are left.
 */
    .syntax unified
    .thumb

/* Offsets in the stack frame: a copy of ek_rows_dsp, and the rows that are left. */
    .equ ROWS_FULL, 0
    .equ ROWS_LEFT, 4
    .equ ROWS_REST, 8
    .equ ROWS_BLANK, 12
    .equ ROWS_GAP, 16
    .equ ROWS_NEXT_GAP, 20
    .equ ROWS_PADDING, 24
    .equ ROWS_BETWEEN, 28
    .equ ROWS_COUNT, 32
    .equ ROWS_BYTES, 36

/* Two channels of the pairs (a, c) and (b, d): bytes 0 and 1 of a pixel, or 2 and 3. r12 and r8-r11 are written. */
    .macro PAIRS_LOW a, c, b, d
    pkhbt r12, \a, \c, lsl #16
    sxtb16 r8, r12
    sxtb16 r10, r12, ror #8
    pkhbt r12, \b, \d, lsl #16
    sxtb16 r9, r12
    sxtb16 r11, r12, ror #8
    .endm
    .macro PAIRS_HIGH a, c, b, d
    pkhtb r12, \c, \a, asr #16
    sxtb16 r8, r12
    sxtb16 r10, r12, ror #8
    pkhtb r12, \d, \b, asr #16
    sxtb16 r9, r12
    sxtb16 r11, r12, ror #8
    .endm
    .macro STEP a, c, b, d
    PAIRS_LOW \a, \c, \b, \d
    stm r1!, {r8-r11}
    PAIRS_HIGH \a, \c, \b, \d
    stm r1!, {r8-r11}
    .endm

    .macro START name
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    push {r4-r11, lr}
    sub sp, sp, #ROWS_BYTES
    mov r12, sp
    ldm r2, {r2, r4-r11}            /* pixel_step, then the frame up to the count */
    stm r12, {r4-r11}
    str r3, [r12, #ROWS_COUNT]
    add r3, r2, r2, lsl #1
    .endm

/* On to the next row, at `again`, or back to the caller. */
    .macro NEXT_ROW name, again
    ldrd r8, r9, [sp, #ROWS_BETWEEN]
    add r0, r0, r8
    subs r9, r9, #1
    str r9, [sp, #ROWS_COUNT]
    bne \again
    add sp, sp, #ROWS_BYTES
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

/* Pairs of pixels two apart: (r4, r6) and (r5, r7); the last two pixels stay for the next step. r0 points to r5. */
    START ek_depthwise_expand_s1_dsp
1:
    ldrd lr, r5, [sp, #ROWS_FULL]
    ldr r4, [sp, #ROWS_PADDING]
    cbnz r5, 2f
    ldr r4, [r0]
    add r0, r0, r2
2:
    ldr r5, [r0]
    subs lr, lr, #2
    bmi 4f
3:  /* two steps, for the pixels to return to their registers */
    ldr r6, [r0, r2]
    ldr r7, [r0, r2, lsl #1]
    STEP r4, r6, r5, r7
    add r1, r1, #32
    ldr r4, [r0, r3]
    ldr r5, [r0, r2, lsl #2]
    add r0, r0, r2, lsl #2
    STEP r6, r4, r7, r5
    add r1, r1, #32
    subs lr, lr, #2
    bpl 3b
4:
    adds lr, lr, #1
    bmi 5f
    ldr r6, [r0, r2]
    ldr r7, [r0, r2, lsl #1]
    add r0, r0, r2, lsl #1
    STEP r4, r6, r5, r7
    add r1, r1, #32
    mov r4, r6
    mov r5, r7
5:  /* the step with the last pixel, then padding alone */
    ldrd r6, lr, [sp, #ROWS_REST]
    ldr r7, [sp, #ROWS_PADDING]
    cbz r6, 6f
    ldr r6, [r0, r2]
    STEP r4, r6, r5, r7
    add r1, r1, #32
    mov r4, r6
    mov r5, r7
6:
    subs lr, lr, #1
    bmi 8f
7:
    STEP r4, r7, r5, r7
    add r1, r1, #32
    mov r4, r7
    mov r5, r7
    subs lr, lr, #1
    bpl 7b
8:
    ldrd r8, r9, [sp, #ROWS_GAP]
    add r1, r1, r8
    strd r9, r8, [sp, #ROWS_GAP]
    NEXT_ROW ek_depthwise_expand_s1_dsp, 1b

/* Four pixels at r0, in pairs of neighbours. */
    .macro FOUR_PIXELS
    ldr r4, [r0]
    ldr r5, [r0, r2]
    ldr r6, [r0, r2, lsl #1]
    ldr r7, [r0, r3]
    add r0, r0, r2, lsl #2
    STEP r4, r5, r6, r7
    .endm

    START ek_depthwise_expand_s2_dsp
1:
    ldrd lr, r5, [sp, #ROWS_FULL]
    cbz r5, 2f
    ldr r4, [sp, #ROWS_PADDING]
    ldr r5, [r0]
    ldr r6, [r0, r2]
    ldr r7, [r0, r2, lsl #1]
    add r0, r0, r3
    STEP r4, r5, r6, r7
2:
    subs lr, lr, #2
    bmi 4f
3:
    FOUR_PIXELS
    FOUR_PIXELS
    subs lr, lr, #2
    bpl 3b
4:
    adds lr, lr, #1
    bmi 5f
    FOUR_PIXELS
5:  /* the step with the last pixels, then padding alone */
    ldrd r4, lr, [sp, #ROWS_REST]
    ldr r7, [sp, #ROWS_PADDING]
    cbz r4, 6f
    mov r5, r7
    mov r6, r7
    cmp r4, #2
    ldr r4, [r0]
    it ge
    ldrge r5, [r0, r2]
    it gt
    ldrgt r6, [r0, r2, lsl #1]
    STEP r4, r5, r6, r7
6:
    subs lr, lr, #1
    bmi 8f
7:
    STEP r7, r7, r7, r7
    subs lr, lr, #1
    bpl 7b
8:
    NEXT_ROW ek_depthwise_expand_s2_dsp, 1b
