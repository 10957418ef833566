/* SPDX-License-Identifier: MIT-0 */
/* Rows of 4 channels to pairs of 16 bits, see ek_depthwise_3x3_dsp.h.
 *
 * r0 from, r1 to, r2 stride, r3 padding, r4-r7 pixels of 4 channels, lr steps that are left.
 */
    .syntax unified
    .thumb

    .equ ROW_LEFT, 4
    .equ ROW_FULL, 8
    .equ ROW_REST, 12
    .equ ROW_BLANK, 16

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

    .macro FUNCTION name
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    .endm

/* Pairs of pixels two apart: (r4, r6) and (r5, r7); the last two pixels stay for the next step. */
    FUNCTION ek_depthwise_expand_s1_dsp
    push {r3-r11, lr}               /* the row's description is kept at sp */
    ldr lr, [r3, #ROW_FULL]
    ldr r4, [r3, #ROW_LEFT]
    ldr r3, [r3]
    cbz r4, 1f
    mov r4, r3
    b 2f
1:
    ldr r4, [r0]
    add r0, r0, r2
2:
    ldr r5, [r0]
    add r0, r0, r2
3:
    subs lr, lr, #1
    bmi 5f
    ldr r6, [r0]
    ldr r7, [r0, r2]
    add r0, r0, r2, lsl #1
4:
    PAIRS_LOW r4, r6, r5, r7
    stm r1!, {r8-r11}
    PAIRS_HIGH r4, r6, r5, r7
    stm r1!, {r8-r11}
    add r1, r1, #32
    mov r4, r6
    mov r5, r7
    b 3b
5:  /* -1: the step with the last pixel; -2 and on: padding alone */
    ldr r12, [sp]
    mov r6, r3
    mov r7, r3
    ldr r8, [r12, #ROW_REST]
    cmn lr, #1
    bne 6f
    cmp r8, #0
    beq 6f
    ldr r6, [r0]
    b 4b
6:
    ldr r9, [r12, #ROW_BLANK]
    add r8, r8, r9
    adds r8, r8, lr
    bpl 4b
    pop {r3-r11, pc}
    .size ek_depthwise_expand_s1_dsp, . - ek_depthwise_expand_s1_dsp

/* Pairs of neighbours: (r4, r5) and (r6, r7). */
    FUNCTION ek_depthwise_expand_s2_dsp
    push {r3-r11, lr}
    ldr lr, [r3, #ROW_FULL]
    ldr r4, [r3, #ROW_LEFT]
    ldr r3, [r3]
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
    PAIRS_LOW r4, r5, r6, r7
    stm r1!, {r8-r11}
    PAIRS_HIGH r4, r5, r6, r7
    stm r1!, {r8-r11}
    b 3b
5:  /* -1: the step with the last pixels; -2 and on: padding alone */
    ldr r12, [sp]
    mov r4, r3
    mov r5, r3
    mov r6, r3
    mov r7, r3
    ldr r8, [r12, #ROW_REST]
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
    ldr r8, [r12, #ROW_BLANK]
    add r8, r8, r9
    adds r8, r8, lr
    bpl 4b
    pop {r3-r11, pc}
    .size ek_depthwise_expand_s2_dsp, . - ek_depthwise_expand_s2_dsp
