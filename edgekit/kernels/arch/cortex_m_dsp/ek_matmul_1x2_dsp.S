/* SPDX-License-Identifier: MIT-0 */
/* 1 pixel by 2 channels at a time, see ek_matmul_dsp.h. 14 instructions for 16 products.
 *
 * r0 weights, r1 activations, r2 y, r11 sum 256 * X + Y, r12 sum Y, all others operands.
 */
    .syntax unified
    .thumb

/* Offsets in the stack frame. */
    .equ ROW_ACTIVATIONS, 0
    .equ ROW_WEIGHTS_END, 4
    .equ ROW_ACTIVATIONS_END, 8
    .equ ROW_FIRST, 12
    .equ ROW_SECOND, 16
    .equ ROW_SCALE, 20
    .equ ROW_BYTES, 24

    .equ QUAD_BYTES, 56

    .macro PRODUCT w, a
    smlad r11, \w, \a, r11
    sxtb16 \w, \w
    smlad r12, \w, \a, r12
    .endm

/* Four pairs of inputs. QUAD_BYTES bytes of code. */
    .macro QUAD
    ldm.w r0!, {r3-r6}
    ldm.w r1!, {r7-r10}
    PRODUCT r3, r7
    PRODUCT r4, r8
    PRODUCT r5, r9
    PRODUCT r6, r10
    .endm

    .macro BEGIN_FLOOR
    mov r11, #0
    .endm

    .macro FINISH_FLOOR
    ldm r0!, {r3-r6}
    ldr r7, [sp, #ROW_SCALE]
    mla r12, r12, r7, r3
    asr r7, r7, #8                  /* the sum X is scaled by 256 */
    mla r11, r11, r7, r5
    smmul r12, r12, r4
    smmul r11, r11, r6
    ssat r12, #8, r12, asr #16
    ssat r11, #8, r11, asr #16
    .endm

    .macro BEGIN_TWO_SIDED
    mov r11, #0
    .endm

    .macro FINISH_TWO_SIDED
    ldm r0!, {r3-r10}
    add r12, r3, r12, lsl #1
    smmlar r3, r12, r4, r5
    add r12, r3, r12, asr #31
    asr r12, r12, r6
    add r11, r7, r11, asr #7        /* 2 * X */
    smmlar r7, r11, r8, r9
    add r11, r7, r11, asr #31
    asr r11, r11, r10
    ssat r12, #8, r12
    ssat r11, #8, r11
    .endm

    .macro BEGIN_SHORT
    ldr r11, [r0], #4
    .endm

    .macro FINISH_SHORT
    ldm r0!, {r3, r4, r5}
    add r12, r3, r12, lsl #8
    smmul r12, r12, r4
    smmul r11, r11, r5
    ssat r12, #8, r12, asr #12
    ssat r11, #8, r11, asr #12
    .endm

    .macro MATMUL_1X2 name, form
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    push {r4-r11, lr}
    ldm r0, {r1-r8}                 /* activations, y, -, weights_end, activations_end, -, scale, weights */
    mov r0, r8
    /* The unrolled loop is entered so that it ends with the last quad; two pairs over come before it. */
    sub r9, r5, r1
    lsrs r10, r9, #4
    adr r11, 3f
    it eq
    adreq r11, 4f
    rsb r10, r10, #0
    and r10, r10, #3
    mov r12, #QUAD_BYTES
    mla r6, r10, r12, r11
    orr r6, r6, #1
    mov r3, r6
    tst r9, #8
    adr r11, 2f
    it ne
    orrne r3, r11, #1
    sub sp, sp, #ROW_BYTES
    strd r1, r4, [sp]
    strd r5, r3, [sp, #ROW_ACTIVATIONS_END]
    strd r6, r7, [sp, #ROW_SECOND]
1:  /* the next two channels */
    BEGIN_\form
    mov r12, #0
    ldr pc, [sp, #ROW_FIRST]
    .balign 4
2:
    ldm r0!, {r3, r4}
    ldm r1!, {r5, r6}
    PRODUCT r3, r5
    PRODUCT r4, r6
    ldr pc, [sp, #ROW_SECOND]
    .balign 4
3:
    .rept 4
    QUAD
    .endr
    ldr r3, [sp, #ROW_ACTIVATIONS_END]
    cmp r1, r3
    bne 3b
    .balign 4
4:
    sub r11, r11, r12
    FINISH_\form
    bfi r12, r11, #8, #24
    strh r12, [r2], #2
    ldrd r1, r3, [sp]
    cmp r0, r3
    bne 1b
    add sp, sp, #ROW_BYTES
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

    MATMUL_1X2 ek_matmul_1x2_floor_dsp, FLOOR
    MATMUL_1X2 ek_matmul_1x2_two_sided_dsp, TWO_SIDED
    MATMUL_1X2 ek_matmul_1x2_short_dsp, SHORT
