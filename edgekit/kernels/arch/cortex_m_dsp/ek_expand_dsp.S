/* SPDX-License-Identifier: MIT-0 */
/* Bytes of 4 pixels to pairs of 16 bits, see ek_matmul_dsp.h. 16 instructions for 16 bytes. */
    .syntax unified
    .thumb

    .section .text.ek_expand_4_dsp, "ax", %progbits
    .balign 4
    .global ek_expand_4_dsp
    .type ek_expand_4_dsp, %function
    .thumb_func
ek_expand_4_dsp:
    push {r4-r11, lr}
    mov r12, r1
    ldm r2, {r4, r5, r6}            /* words, count, gap */
    lsl r4, r4, #5
    mla r7, r4, r5, r1
    push {r4, r6, r7}               /* bytes written for a run, gap, end */
    ldm r0, {r0-r3}
    add lr, r12, r4
1:
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
    cmp r12, lr
    bne 1b
    ldm sp, {r4, r5, r6}
    add r0, r0, r5
    add r1, r1, r5
    add r2, r2, r5
    add r3, r3, r5
    add lr, lr, r4
    cmp r12, r6
    bne 1b
    add sp, sp, #12
    mov r0, r12
    pop {r4-r11, pc}
    .size ek_expand_4_dsp, . - ek_expand_4_dsp
