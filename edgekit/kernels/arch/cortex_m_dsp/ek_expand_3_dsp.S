/* SPDX-License-Identifier: MIT-0 */
/* Bytes of 3 pixels to pairs of 16 bits, see ek_matmul_3x2_dsp.h. 12 instructions for 12 bytes. */
    .syntax unified
    .thumb

    .section .text.ek_expand_3_dsp, "ax", %progbits
    .balign 4
    .global ek_expand_3_dsp
    .type ek_expand_3_dsp, %function
    .thumb_func
ek_expand_3_dsp:
    push {r4-r11, lr}
    mov r3, r1
    ldm r2, {r10, r11, r12}         /* words, count, gap */
    add r10, r10, r10, lsl #1
    lsl r10, r10, #3                /* bytes written for a run */
    mla r11, r10, r11, r3           /* their end */
    ldm r0, {r0-r2}
1:
    add lr, r3, r10
2:
    ldr r7, [r0], #4
    ldr r8, [r1], #4
    ldr r9, [r2], #4
    sxtb16 r4, r7
    sxtb16 r5, r8
    sxtb16 r6, r9
    sxtb16 r7, r7, ror #8
    sxtb16 r8, r8, ror #8
    sxtb16 r9, r9, ror #8
    stm r3!, {r4-r9}
    cmp r3, lr
    bne 2b
    add r0, r0, r12
    add r1, r1, r12
    add r2, r2, r12
    cmp r3, r11
    bne 1b
    mov r0, r3
    pop {r4-r11, pc}
    .size ek_expand_3_dsp, . - ek_expand_3_dsp
