/* SPDX-License-Identifier: MIT-0 */
/* 4 pixels by 2 channels at a time, see ek_matmul_short_dsp.h. 23 instructions for 32 products.
 *
 * First r0-r3 are the pixels and r12 the place for their expanded words, then r0 is weights, r1-r4 sums 256 * X + Y,
 * r5-r8 sums Y, all others operands.
 */
    .syntax unified
    .thumb

/* Offsets in the stack frame, behind the expanded words. */
    .equ SHORT_Y, 0
    .equ SHORT_ENTRY, 12
    .equ SHORT_SCALE, 16
    .equ SHORT_WEIGHTS, 20
    .equ SHORT_GAP, 24
    .equ SHORT_RUN, 28
    .equ SHORT_REST, 32
    .equ SHORT_BYTES, 36

/* The next 4 bytes of each pixel as two pairs of 16 bits. */
    .macro EXPAND_WORD
    ldr r4, [r0], #4
    ldr r5, [r1], #4
    ldr r6, [r2], #4
    ldr r7, [r3], #4
    sxtb16 r8, r4
    sxtb16 r9, r5
    sxtb16 r10, r6
    sxtb16 r11, r7
    stm r12!, {r8-r11}
    sxtb16 r8, r4, ror #8
    sxtb16 r9, r5, ror #8
    sxtb16 r10, r6, ror #8
    sxtb16 r11, r7, ror #8
    stm r12!, {r8-r11}
    .endm

/* One pair of inputs at `place` on the stack. `first`: the sums begin, those of 256 * X + Y with r4 (LEAST). */
    .macro PAIR w, place, first=0
    sxtb16 r11, \w
    ldrd r12, lr, [sp, #\place]
    .ifc \first, LEAST
    smlad r1, \w, r12, r4
    smlad r2, \w, lr, r4
    smuad r5, r11, r12
    smuad r6, r11, lr
    .else
    .ifc \first, SCALED
    smuad r1, \w, r12
    smuad r2, \w, lr
    smuad r5, r11, r12
    smuad r6, r11, lr
    .else
    smlad r1, \w, r12, r1
    smlad r2, \w, lr, r2
    smlad r5, r11, r12, r5
    smlad r6, r11, lr, r6
    .endif
    .endif
    ldrd r12, lr, [sp, #(\place + 8)]
    .ifc \first, LEAST
    smlad r3, \w, r12, r4
    smlad r4, \w, lr, r4
    smuad r7, r11, r12
    smuad r8, r11, lr
    .else
    .ifc \first, SCALED
    smuad r3, \w, r12
    smuad r4, \w, lr
    smuad r7, r11, r12
    smuad r8, r11, lr
    .else
    smlad r3, \w, r12, r3
    smlad r4, \w, lr, r4
    smlad r7, r11, r12, r7
    smlad r8, r11, lr, r8
    .endif
    .endif
    .endm

/* The first two pairs' weights. */
    .macro LEAST_BEGIN
    ldm r0!, {r4, r9, r10}
    .endm

    .macro SCALED_BEGIN
    ldrd r9, r10, [r0], #8
    .endm

    .macro LEAST_FINISH frame
    ldm r0!, {r10, r11, r12}
    sub r1, r1, r5
    sub r2, r2, r6
    sub r3, r3, r7
    sub r4, r4, r8
    .irp acc, r5, r6, r7, r8
    add \acc, r10, \acc, lsl #8
    .endr
    .irp acc, r5, r6, r7, r8
    smmul \acc, \acc, r11
    .endr
    .irp acc, r1, r2, r3, r4
    smmul \acc, \acc, r12
    .endr
    .irp acc, r1, r2, r3, r4, r5, r6, r7, r8
    ssat \acc, #8, \acc, asr #12
    .endr
    .endm

    .macro SCALED_FINISH frame
    ldm r0!, {r10, r11, r12, lr}
    ldr r9, [sp, #(\frame + SHORT_SCALE)]
    sub r1, r1, r5
    sub r2, r2, r6
    sub r3, r3, r7
    sub r4, r4, r8
    .irp acc, r5, r6, r7, r8
    mla \acc, \acc, r9, r10
    .endr
    asr r9, r9, #8                  /* the sums X are scaled by 256 */
    .irp acc, r1, r2, r3, r4
    mla \acc, \acc, r9, r12
    .endr
    .irp acc, r5, r6, r7, r8
    smmul \acc, \acc, r11
    .endr
    .irp acc, r1, r2, r3, r4
    smmul \acc, \acc, lr
    .endr
    .irp acc, r1, r2, r3, r4, r5, r6, r7, r8
    ssat \acc, #8, \acc, asr #16
    .endr
    .endm

    .macro MATMUL_SHORT name, words, form
    .equ frame, \words * 32
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    push {r4-r11, lr}
    sub sp, sp, #(frame + SHORT_BYTES)
    ldm r0!, {r1-r6}                /* y, y_stride, weights_end, entry, scale, weights */
    adr r7, 6f
    add r4, r4, r7
    add r8, sp, #frame
    stm r8, {r1-r6}
    ldm r0!, {r8, r9}               /* rest, runs */
    ldm r0, {r0-r3}
    ldm r9, {r4, r5, r6}            /* words, count, gap */
    lsl r4, r4, #5
    mov r12, sp
    add r8, r12, r8
    sub lr, r8, #32
    add lr, lr, r4                  /* end of the first run */
    add r7, sp, #(frame + SHORT_GAP)
    strd r6, r4, [r7]
    str r8, [r7, #(SHORT_REST - SHORT_GAP)]
    EXPAND_WORD
    ldr r12, [sp, #(frame + SHORT_REST)]
    b 2f
1:
    EXPAND_WORD
2:
    cmp r12, lr
    bne 1b
    add r4, sp, #frame
    cmp r12, r4
    beq 3f
    ldr r5, [r4, #SHORT_GAP]
    ldr r6, [r4, #SHORT_RUN]
    add r0, r0, r5
    add r1, r1, r5
    add r2, r2, r5
    add r3, r3, r5
    add lr, lr, r6
    b 1b
3:
    ldr r0, [r4, #SHORT_WEIGHTS]
4:  /* the next two channels */
    \form\()_BEGIN
    PAIR r9, 0, \form
    PAIR r10, 16
    ldr pc, [sp, #(frame + SHORT_ENTRY)]
    .balign 4
6:
    .set place, 32
    .rept \words - 1
    ldrd r9, r10, [r0], #8
    PAIR r9, place
    PAIR r10, place + 16
    .set place, place + 32
    .endr
    \form\()_FINISH frame
    bfi r5, r1, #8, #24
    bfi r6, r2, #8, #24
    bfi r7, r3, #8, #24
    bfi r8, r4, #8, #24
    add lr, sp, #frame
    ldm lr, {r9, r10, r11}          /* y, y_stride, weights_end */
    strh r6, [r9, r10]
    strh r7, [r9, r10, lsl #1]
    add r12, r9, r10
    strh r8, [r12, r10, lsl #1]
    strh r5, [r9], #2
    str r9, [lr]
    cmp r0, r11
    bne 4b
    add sp, sp, #(frame + SHORT_BYTES)
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm
