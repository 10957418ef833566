/* SPDX-License-Identifier: MIT-0 */
/* Rows of 4 channels to pairs of 16 bits, see ek_depthwise_3x3_dsp.h.
 *
 * r0 from, r1 to, r2 pixel_step, r3 padding, r4-r7 pixels of 4 channels, lr steps that are left.
 */
    .syntax unified
    .thumb

/* Offsets in ek_rows_dsp. */
    .equ ROWS_PADDING, 0
    .equ ROWS_LEFT, 4
    .equ ROWS_FULL, 8
    .equ ROWS_REST, 12
    .equ ROWS_BLANK, 16
    .equ ROWS_PIXEL_STEP, 20
    .equ ROWS_ROW_STEP, 24
    .equ ROWS_GAP, 28
    .equ ROWS_NEXT_GAP, 32

/* Offsets in the stack frame. */
    .equ FRAME_FROM, 0
    .equ FRAME_COUNT, 4
    .equ FRAME_GAP, 8
    .equ FRAME_ROWS, 16
    .equ FRAME_BYTES, 20

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
    sub sp, sp, #FRAME_BYTES
    str r0, [sp, #FRAME_FROM]
    str r3, [sp, #FRAME_COUNT]
    str r2, [sp, #FRAME_ROWS]
    ldr r4, [r2, #ROWS_GAP]
    ldr r5, [r2, #ROWS_NEXT_GAP]
    strd r4, r5, [sp, #FRAME_GAP]
    ldr r3, [r2, #ROWS_PADDING]
    ldr r2, [r2, #ROWS_PIXEL_STEP]
    .endm

/* On to the next row, at `again`, or back to the caller. */
    .macro NEXT_ROW name, again
    ldrd r8, r9, [sp, #FRAME_GAP]
    add r1, r1, r8
    strd r9, r8, [sp, #FRAME_GAP]
    ldr r12, [sp, #FRAME_ROWS]
    ldrd r0, r8, [sp, #FRAME_FROM]
    ldr r9, [r12, #ROWS_ROW_STEP]
    add r0, r0, r9
    subs r8, r8, #1
    strd r0, r8, [sp, #FRAME_FROM]
    bne \again
    add sp, sp, #FRAME_BYTES
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

/* Pairs of pixels two apart: (r4, r6) and (r5, r7); the last two pixels stay for the next step. */
    START ek_depthwise_expand_s1_dsp
1:
    ldr r12, [sp, #FRAME_ROWS]
    ldr lr, [r12, #ROWS_FULL]
    ldr r4, [r12, #ROWS_LEFT]
    cbz r4, 2f
    mov r4, r3
    b 3f
2:
    ldr r4, [r0]
    add r0, r0, r2
3:
    ldr r5, [r0]
    add r0, r0, r2
4:  /* two steps, for the pixels to return to their registers */
    subs lr, lr, #1
    bmi 6f
    ldr r6, [r0]
    ldr r7, [r0, r2]
    add r0, r0, r2, lsl #1
    STEP r4, r6, r5, r7
    add r1, r1, #32
    subs lr, lr, #1
    bmi 5f
    ldr r4, [r0]
    ldr r5, [r0, r2]
    add r0, r0, r2, lsl #1
    STEP r6, r4, r7, r5
    add r1, r1, #32
    b 4b
5:
    mov r4, r6
    mov r5, r7
6:  /* the step with the last pixel, then padding alone */
    ldr r12, [sp, #FRAME_ROWS]
    ldrd r8, lr, [r12, #ROWS_REST]
    cmp r8, #0
    beq 7f
    ldr r6, [r0]
    STEP r4, r6, r5, r3
    add r1, r1, #32
    mov r4, r6
    mov r5, r3
7:
    cmp lr, #0
    beq 9f
8:
    STEP r4, r3, r5, r3
    add r1, r1, #32
    mov r4, r3
    mov r5, r3
    subs lr, lr, #1
    bne 8b
9:
    NEXT_ROW ek_depthwise_expand_s1_dsp, 1b

/* Pairs of neighbours: (r4, r5) and (r6, r7). */
    START ek_depthwise_expand_s2_dsp
1:
    ldr r12, [sp, #FRAME_ROWS]
    ldr lr, [r12, #ROWS_FULL]
    ldr r4, [r12, #ROWS_LEFT]
    cbz r4, 3f
    mov r4, r3
    ldr r5, [r0]
    ldr r6, [r0, r2]
    ldr r7, [r0, r2, lsl #1]
    add r0, r0, r2, lsl #1
    add r0, r0, r2
    b 4f
3:
    subs lr, lr, #1
    bmi 5f
    ldr r4, [r0]
    ldr r5, [r0, r2]
    add r0, r0, r2, lsl #1
    ldr r6, [r0]
    ldr r7, [r0, r2]
    add r0, r0, r2, lsl #1
4:
    STEP r4, r5, r6, r7
    b 3b
5:  /* lr is -1: the step with the last pixels; -2 and on: padding alone */
    ldr r12, [sp, #FRAME_ROWS]
    mov r4, r3
    mov r5, r3
    mov r6, r3
    mov r7, r3
    ldr r8, [r12, #ROWS_REST]
    cmp r8, #0
    ite ne
    movne r9, #1
    moveq r9, #0
    cmn lr, #1
    bne 6f
    cmp r8, #1
    blt 6f
    ldr r4, [r0]
    beq 4b
    ldr r5, [r0, r2]
    cmp r8, #3
    it eq
    ldreq r6, [r0, r2, lsl #1]
    b 4b
6:
    ldr r8, [r12, #ROWS_BLANK]
    add r8, r8, r9
    adds r8, r8, lr
    bpl 4b
    NEXT_ROW ek_depthwise_expand_s2_dsp, 1b
