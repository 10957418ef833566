/* SPDX-License-Identifier: MIT-0 */
/* The inner loops of depthwise 3x3, see ek_depthwise_3x3_dsp.h. */
    .syntax unified
    .thumb

/* Offsets in the stack frame: the channel's start and multiplier, then a copy of ek_depthwise_tile_dsp up to `odd`. */
    .equ TILE_START, 0
    .equ TILE_ADDEND, 8
    .equ TILE_COLUMN_STEP, 16
    .equ TILE_ROW_STEP, 20
    .equ TILE_COLUMNS_END, 24
    .equ TILE_ROW_BYTES, 28
    .equ TILE_NEXT_ROW, 32
    .equ TILE_ROWS, 36
    .equ TILE_LAST_ROW_STEP, 40
    .equ TILE_ODD, 44
    .equ TILE_BYTES, 48

/* Clamped results of the listed sums; r12 and lr are overwritten (stride 2: r11 and r12). */
    .macro FLOOR x, y, sums:vararg
    ldrd \x, \y, [sp, #TILE_START]
    .irp acc, \sums
    add \acc, \x, \acc, lsl #12
    .endr
    .irp acc, \sums
    smmul \acc, \acc, \y
    .endr
    .irp acc, \sums
    ssat \acc, #8, \acc, asr #16
    .endr
    .endm

    .macro TWO_SIDED x, y, sums:vararg
    ldrd \x, \y, [sp, #TILE_START]
    .irp acc, \sums
    add \acc, \x, \acc, lsl #1
    smmulr \acc, \acc, \y
    .endr
    ldrd \x, \y, [sp, #TILE_ADDEND]
    .irp acc, \sums
    add \acc, \acc, \acc, asr #31
    add \acc, \acc, \x
    asr \acc, \acc, \y
    ssat \acc, #8, \acc
    .endr
    .endm

    .macro FUNCTION name
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    .endm

/* ---- stride 1: r0 and r1 the two slots, r2 y, r3-r7 weights, r8-r11 sums of a 2x2 block ---- */

/* Weights: r3-r5 (w[row][0], w[row][2]); r6 (w[0][1], w[1][1]), r7 (w[2][1], -). */
    .macro S1_TAPS columns
    ldrd r12, lr, [r0], #32
    smuad r8, r12, r3
    smlabb r8, lr, r6, r8
    .if \columns == 2
    smuad r9, lr, r3
    smlatb r9, r12, r6, r9
    .endif
    ldrd r12, lr, [r0], #32
    smlad r8, r12, r4, r8
    smlabt r8, lr, r6, r8
    smuad r10, r12, r3
    smlabb r10, lr, r6, r10
    .if \columns == 2
    smlad r9, lr, r4, r9
    smlatt r9, r12, r6, r9
    smuad r11, lr, r3
    smlatb r11, r12, r6, r11
    .endif
    ldrd r12, lr, [r1], #32
    smlad r8, r12, r5, r8
    smlabb r8, lr, r7, r8
    smlad r10, r12, r4, r10
    smlabt r10, lr, r6, r10
    .if \columns == 2
    smlad r9, lr, r5, r9
    smlatb r9, r12, r7, r9
    smlad r11, lr, r4, r11
    smlatt r11, r12, r6, r11
    .endif
    ldrd r12, lr, [r1], #32
    smlad r10, r12, r5, r10
    smlabb r10, lr, r7, r10
    .if \columns == 2
    smlad r11, lr, r5, r11
    smlatb r11, r12, r7, r11
    .endif
    .endm

    .macro DEPTHWISE_S1 name, requantize
    FUNCTION \name
    push {r4-r11, lr}
    sub sp, sp, #TILE_BYTES
    ldm r0!, {r3-r12}
    add r1, sp, #TILE_ADDEND
    stm r1, {r3-r12}
    ldr r1, [sp, #TILE_ROW_BYTES]
    ldm r0, {r0, r2, r3}            /* rows_from, y, parameters */
    add r1, r1, r0
    ldm r3, {r8-r12}
    strd r11, r12, [sp, #TILE_START]
    sxtb16 r3, r8
    sxtb16 r6, r8, ror #8
    sxtb16 r4, r9
    sxtb16 r7, r9, ror #8
    sxtb16 r5, r10
1:  /* the next two rows; the lower one is stored first, for the upper one to remain where both are the same */
    S1_TAPS 2
    \requantize r12, lr, r8, r9, r10, r11
    ldrd r12, lr, [sp, #TILE_COLUMN_STEP]
    strb r10, [r2, lr]
    strb r8, [r2]
    add r2, r2, r12
    strb r11, [r2, lr]
    strb r9, [r2]
    add r2, r2, r12
    ldr r12, [sp, #TILE_COLUMNS_END]
    cmp r0, r12
    bne 1b
    ldr r12, [sp, #TILE_ODD]
    cmp r12, #0
    beq 2f
    S1_TAPS 1
    \requantize r12, lr, r8, r10
    ldr lr, [sp, #TILE_ROW_STEP]
    strb r10, [r2, lr]
    strb r8, [r2]
2:
    ldrd r8, r9, [sp, #TILE_COLUMNS_END]
    ldrd r10, r11, [sp, #TILE_NEXT_ROW]
    add r8, r8, r9
    str r8, [sp, #TILE_COLUMNS_END]
    add r2, r2, r10
    subs r11, r11, #1
    beq 3f
    str r11, [sp, #TILE_ROWS]
    cmp r11, #1
    bne 1b
    ldr r12, [sp, #TILE_LAST_ROW_STEP]
    str r12, [sp, #TILE_ROW_STEP]
    b 1b
3:
    add sp, sp, #TILE_BYTES
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

    DEPTHWISE_S1 ek_depthwise_3x3_s1_floor_dsp, FLOOR
    DEPTHWISE_S1 ek_depthwise_3x3_s1_two_sided_dsp, TWO_SIDED

/* ---- stride 2: r0-r2 the three rows, r3 y, r4-r8 weights, r9 and r10 sums of two columns ---- */

/* Weights: r4-r6 (w[row][0], w[row][1]); r7 (w[0][2], w[1][2]), r8 (w[2][2], -). */
    .macro S2_ROW columns, from, weights, third, half, first=0
    ldrd r11, r12, [\from], #32
    .if \columns == 2
    ldr lr, [\from]
    .endif
    .if \first
    smuad r9, r11, \weights
    .else
    smlad r9, r11, \weights, r9
    .endif
    smlab\half r9, r12, \third, r9
    .if \columns == 2
    .if \first
    smuad r10, r12, \weights
    .else
    smlad r10, r12, \weights, r10
    .endif
    smlab\half r10, lr, \third, r10
    .endif
    .endm

    .macro S2_TAPS columns
    S2_ROW \columns, r0, r4, r7, b, 1
    S2_ROW \columns, r1, r5, r7, t
    S2_ROW \columns, r2, r6, r8, b
    .endm

    .macro DEPTHWISE_S2 name, requantize
    FUNCTION \name
    push {r4-r11, lr}
    sub sp, sp, #TILE_BYTES
    ldm r0!, {r3-r12}
    add r1, sp, #TILE_ADDEND
    stm r1, {r3-r12}
    ldm r0, {r0, r3, r4}            /* rows_from, y, parameters */
    ldr r2, [sp, #TILE_ROW_BYTES]
    add r1, r0, r2
    add r2, r1, r2
    ldm r4, {r9-r12, lr}
    strd r12, lr, [sp, #TILE_START]
    sxtb16 r4, r9
    sxtb16 r7, r9, ror #8
    sxtb16 r5, r10
    sxtb16 r8, r10, ror #8
    sxtb16 r6, r11
1:
    S2_TAPS 2
    \requantize r11, r12, r9, r10
    ldr r11, [sp, #TILE_COLUMN_STEP]
    ldr r12, [sp, #TILE_COLUMNS_END]
    strb r9, [r3]
    strb r10, [r3, r11]
    add r3, r3, r11, lsl #1
    cmp r0, r12
    bne 1b
    ldr r11, [sp, #TILE_ODD]
    cmp r11, #0
    beq 2f
    S2_TAPS 1
    \requantize r11, r12, r9
    strb r9, [r3]
    sub r0, r0, #32
    sub r1, r1, #32
    sub r2, r2, #32
2:  /* the pointers stand behind the columns by twos: back to the start of their rows and two rows on */
    ldrd r9, r10, [sp, #TILE_COLUMNS_END]
    ldrd r11, r12, [sp, #TILE_NEXT_ROW]
    add r3, r3, r11
    lsl r10, r10, #1
    add r9, r9, r10
    str r9, [sp, #TILE_COLUMNS_END]
    ldr r9, [sp, #TILE_LAST_ROW_STEP]
    add r10, r10, r9
    add r0, r0, r10
    add r1, r1, r10
    add r2, r2, r10
    subs r12, r12, #1
    str r12, [sp, #TILE_ROWS]
    bne 1b
    add sp, sp, #TILE_BYTES
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

    DEPTHWISE_S2 ek_depthwise_3x3_s2_floor_dsp, FLOOR
    DEPTHWISE_S2 ek_depthwise_3x3_s2_two_sided_dsp, TWO_SIDED
