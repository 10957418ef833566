/* SPDX-License-Identifier: MIT-0 */
/* The inner loops of depthwise 3x3, see ek_depthwise_3x3_dsp.h. */
    .syntax unified
    .thumb

/* Offsets in the stack frame: what changes from channel to channel, then a copy of ek_depthwise_tile_dsp. */
    .equ CHANNEL_MULTIPLIER, 0
    .equ CHANNEL_STORE_STEP, 4      /* of y, bytes: to the next row (stride 1) or column (stride 2) */
    .equ CHANNEL_COLUMNS_END, 8     /* of the row: where its output columns done by twos end */
    .equ CHANNEL_START, 12
    .equ CHANNEL_ADDEND, 16
    .equ CHANNEL_SHIFT, 20
    .equ CHANNEL_ROWS, 24           /* 2 * rows after this + odd */
    .equ CHANNEL_BYTES, 28
    .equ TILE_NEXT_ROW, 28
    .equ TILE_COLUMN_STEP, 32
    .equ TILE_LAST_ROW_STEP, 36
    .equ TILE_ZERO_POINT, 40
    .equ TILE_ROW_BYTES, 44         /* and the four after it */
    .equ TILE_ROWS_FROM, 64         /* and y */
    .equ TILE_PARAMETERS, 72        /* and channels */
    .equ TILE_BYTES, 52

/* Weights \to: bytes \bytes (even or odd) of \from as halves, 256 times as much. \to may be \from. */
    .macro FLOOR_WEIGHTS to, from, bytes
    .ifc \bytes, even
    lsl \to, \from, #8
    and \to, \to, #0xff00ff00
    .else
    and \to, \from, #0xff00ff00
    .endif
    .endm

/* The same, 2 times as much. */
    .macro TWO_SIDED_WEIGHTS to, from, bytes
    .ifc \bytes, even
    sxtb16 \to, \from
    .else
    sxtb16 \to, \from, ror #8
    .endif
    sadd16 \to, \to, \to
    .endm

/* Addend and shift of a channel, whose shift stands in byte 1 of \word. \x and \y are written. */
    .macro FLOOR_CONSTANTS word, x, y
    .endm

    .macro TWO_SIDED_CONSTANTS word, x, y
    ubfx \y, \word, #8, #8
    ldr \x, [sp, #TILE_ZERO_POINT]
    sub \y, \y, #1
    lsl \x, \x, \y                  /* (2 * zero_point + 1) << (shift - 1) */
    add \y, \y, #1
    strd \x, \y, [sp, #CHANNEL_ADDEND]
    .endm

/* Clamped results of the listed sums, which hold the start. \x becomes anything, \y the step of stores. */
    .macro FLOOR x, y, sums:vararg
    ldrd \x, \y, [sp, #CHANNEL_MULTIPLIER]
    .irp acc, \sums
    smmul \acc, \acc, \x
    .endr
    .irp acc, \sums
    ssat \acc, #8, \acc, asr #8
    .endr
    .endm

    .macro TWO_SIDED x, y, sums:vararg
    ldr \x, [sp, #CHANNEL_MULTIPLIER]
    .irp acc, \sums
    smmulr \acc, \acc, \x
    .endr
    ldrd \x, \y, [sp, #CHANNEL_ADDEND]
    .irp acc, \sums
    add \acc, \acc, \acc, asr #31
    add \acc, \acc, \x
    asr \acc, \acc, \y
    ssat \acc, #8, \acc
    .endr
    ldr \y, [sp, #CHANNEL_STORE_STEP]
    .endm

    .macro FUNCTION name
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    push {r4-r11, lr}
    ldm r0, {r1-r12, lr}
    push {r1-r12, lr}
    sub sp, sp, #CHANNEL_BYTES
    .endm

    .macro END_FUNCTION name
    add sp, sp, #(CHANNEL_BYTES + TILE_BYTES)
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

/* ---- stride 1: r0 and r1 the two slots, r2 y, r3-r7 weights, r8-r11 sums of a 2x2 block ---- */

/* Weights: r3-r5 (w[row][0], w[row][2]); r6 (w[0][1], w[1][1]), r7 (w[2][1], -). r10 holds the start. */
    .macro S1_TAPS columns
    ldrd r12, lr, [r0], #32
    .if \columns == 2
    smlad r9, lr, r3, r10
    smlatb r9, r12, r6, r9
    .endif
    smlad r8, r12, r3, r10
    smlabb r8, lr, r6, r8
    ldrd r12, lr, [r0], #32
    smlad r8, r12, r4, r8
    smlabt r8, lr, r6, r8
    .if \columns == 2
    smlad r9, lr, r4, r9
    smlatt r9, r12, r6, r9
    smlad r11, lr, r3, r10
    smlatb r11, r12, r6, r11
    .endif
    smlad r10, r12, r3, r10
    smlabb r10, lr, r6, r10
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

/* All rows of a channel whose words are in r3-r5, then on to `next`. */
    .macro S1_ROWS form, next
    \form\()_WEIGHTS r6, r3, odd
    \form\()_WEIGHTS r3, r3, even
    \form\()_WEIGHTS r7, r4, odd
    \form\()_WEIGHTS r4, r4, even
    \form\()_CONSTANTS r5, r8, r9
    \form\()_WEIGHTS r5, r5, even
2:  /* the next two rows; the lower one is stored first, for the upper one to remain where both are the same */
    S1_TAPS 2
    \form r12, lr, r8, r9, r10, r11
    ldr r12, [sp, #TILE_COLUMN_STEP]
    strb r10, [r2, lr]
    strb r8, [r2]
    add r2, r2, r12
    strb r11, [r2, lr]
    strb r9, [r2]
    add r2, r2, r12
    ldrd r12, r10, [sp, #CHANNEL_COLUMNS_END]
    cmp r0, r12
    bne 2b
    str r1, [sp, #CHANNEL_COLUMNS_END] /* as far behind as one row's end behind the other's */
    ldrd r11, r12, [sp, #CHANNEL_ROWS]
    lsrs r9, r11, #1
    bcc 3f
    S1_TAPS 1
    \form r12, lr, r8, r10
    strb r10, [r2, lr]
    strb r8, [r2]
    ldrd r11, r12, [sp, #CHANNEL_ROWS]
    ldr r10, [sp, #CHANNEL_START]
3:
    add r2, r2, r12
    subs r11, r11, #2
    bmi \next
    str r11, [sp, #CHANNEL_ROWS]
    cmp r11, #1
    bhi 2b
    ldr r12, [sp, #TILE_LAST_ROW_STEP]
    str r12, [sp, #CHANNEL_STORE_STEP]
    b 2b
    .endm

    FUNCTION ek_depthwise_3x3_s1_dsp
1:  /* the next channel */
    ldrd r12, r0, [sp, #TILE_PARAMETERS]
    subs r0, r0, #1
    bmi 9f
    ldm r12!, {r3, r4, r5, r10, lr} /* weights, start, multiplier */
    strd r12, r0, [sp, #TILE_PARAMETERS]
    ldrd r0, r2, [sp, #TILE_ROWS_FROM]
    add r12, sp, #TILE_ROW_BYTES
    ldm r12, {r1, r8, r9, r11, r12} /* row_bytes, columns_bytes, channel_step, rows, row_step */
    strd lr, r12, [sp, #CHANNEL_MULTIPLIER]
    str r11, [sp, #CHANNEL_ROWS]
    add r1, r1, r0
    add r8, r8, r0
    strd r8, r10, [sp, #CHANNEL_COLUMNS_END]
    add r9, r9, r0
    add r12, r2, #1
    strd r9, r12, [sp, #TILE_ROWS_FROM]
    tst r5, #0xff00
    bne 4f
    S1_ROWS FLOOR, 1b
4:
    S1_ROWS TWO_SIDED, 1b
9:
    END_FUNCTION ek_depthwise_3x3_s1_dsp

/* ---- stride 2: r0-r2 the three rows, r3 y, r4-r8 weights, r9 and r10 sums of two columns ---- */

/* Weights: r4-r6 (w[row][0], w[row][1]); r7 (w[0][2], w[1][2]), r8 (w[2][2], -). r9 holds the start. */
    .macro S2_ROW columns, from, weights, third, half, first=0
    .if \columns == 2
    ldrd r11, r12, [\from], #32
    ldr lr, [\from]
    .if \first
    smlad r10, r12, \weights, r9
    .else
    smlad r10, r12, \weights, r10
    .endif
    smlab\half r10, lr, \third, r10
    .else
    ldrd r11, r12, [\from]
    .endif
    smlad r9, r11, \weights, r9
    smlab\half r9, r12, \third, r9
    .endm

    .macro S2_TAPS columns
    S2_ROW \columns, r0, r4, r7, b, 1
    S2_ROW \columns, r1, r5, r7, t
    S2_ROW \columns, r2, r6, r8, b
    .endm

/* All rows of a channel whose words are in r4, r5 and r6, then on to `next`. */
    .macro S2_ROWS form, next
    \form\()_WEIGHTS r7, r4, odd
    \form\()_WEIGHTS r4, r4, even
    \form\()_WEIGHTS r8, r5, odd
    \form\()_WEIGHTS r5, r5, even
    \form\()_CONSTANTS r6, r10, r11
    \form\()_WEIGHTS r6, r6, even
2:
    S2_TAPS 2
    \form r11, r12, r9, r10
    strb r9, [r3]
    strb r10, [r3, r12]
    add r3, r3, r12, lsl #1
    ldrd r12, r9, [sp, #CHANNEL_COLUMNS_END]
    cmp r0, r12
    bne 2b
    str r2, [sp, #CHANNEL_COLUMNS_END] /* two rows on */
    ldrd r11, r12, [sp, #CHANNEL_ROWS]
    lsrs r10, r11, #1
    bcc 3f
    S2_TAPS 1
    \form r11, r12, r9
    strb r9, [r3]
    ldrd r11, r12, [sp, #CHANNEL_ROWS]
    ldr r9, [sp, #CHANNEL_START]
3:  /* the pointers stand behind the columns by twos: back to the start of their rows and two rows on */
    ldr r10, [sp, #TILE_LAST_ROW_STEP]
    add r3, r3, r12
    add r0, r0, r10
    add r1, r1, r10
    add r2, r2, r10
    subs r11, r11, #2
    str r11, [sp, #CHANNEL_ROWS]
    bpl 2b
    b \next
    .endm

    FUNCTION ek_depthwise_3x3_s2_dsp
1:  /* the next channel */
    ldrd r12, r0, [sp, #TILE_PARAMETERS]
    subs r0, r0, #1
    bmi 9f
    ldm r12!, {r4, r5, r6, r9, lr}  /* weights, start, multiplier */
    strd r12, r0, [sp, #TILE_PARAMETERS]
    ldr r8, [sp, #TILE_COLUMN_STEP]
    strd lr, r8, [sp, #CHANNEL_MULTIPLIER]
    ldrd r0, r3, [sp, #TILE_ROWS_FROM]
    add r12, sp, #TILE_ROW_BYTES
    ldm r12, {r2, r10, r11, r12}    /* row_bytes, columns_bytes, channel_step, rows */
    str r12, [sp, #CHANNEL_ROWS]
    add r10, r10, r0
    strd r10, r9, [sp, #CHANNEL_COLUMNS_END]
    add r1, r2, r0
    add r2, r2, r1
    add r11, r11, r0
    add r12, r3, #1
    strd r11, r12, [sp, #TILE_ROWS_FROM]
    tst r6, #0xff00
    bne 4f
    S2_ROWS FLOOR, 1b
4:
    S2_ROWS TWO_SIDED, 1b
9:
    END_FUNCTION ek_depthwise_3x3_s2_dsp
