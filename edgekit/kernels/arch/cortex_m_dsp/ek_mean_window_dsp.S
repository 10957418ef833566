/* SPDX-License-Identifier: MIT-0 */
/* See ek_mean_window_dsp.h.
 *
 * r0 window, r1 its 4 channels, r2 channels left, r3 outputs, r4 rows, r5 gap, r6 columns, r7 column stride, r8 even
 * sums, r9 odd ones, r10 tap, r11 rows left, r12 columns left.
 */
    .syntax unified
    .thumb

    .equ WINDOW_HALF, 16
    .equ WINDOW_MULTIPLIER, 24

    .section .text.ek_mean_4_dsp, "ax", %progbits
    .balign 4
    .global ek_mean_4_dsp
    .type ek_mean_4_dsp, %function
    .thumb_func
ek_mean_4_dsp:
    push {r4-r11, lr}
    ldm r0, {r4-r7}
1:
    mov r10, r1
    mov r11, r4
    mov r8, #0
    mov r9, #0
2:
    mov r12, r6
3:
    ldr lr, [r10]
    add r10, r10, r7
    sxtab16 r8, r8, lr
    sxtab16 r9, r9, lr, ror #8
    subs r12, r12, #1
    bne 3b
    add r10, r10, r5
    subs r11, r11, #1
    bne 2b
    /* r11 is 0: the sums' signs choose between half and less */
    ldrd r10, r12, [r0, #WINDOW_HALF]
    sadd16 lr, r8, r11
    sel lr, r10, r12
    sadd16 r8, r8, lr
    sadd16 lr, r9, r11
    sel lr, r10, r12
    sadd16 r9, r9, lr
    ldrd r10, r12, [r0, #WINDOW_MULTIPLIER]
    smlawb r11, r10, r8, r12
    smlawt r8, r10, r8, r12
    smlawb lr, r10, r9, r12
    smlawt r9, r10, r9, r12
    pkhtb r8, r8, r11, asr #16
    pkhtb r9, r9, lr, asr #16
    uxtb16 r8, r8
    uxtb16 r9, r9
    orr r8, r8, r9, lsl #8
    str r8, [r3], #4
    add r1, r1, #4
    subs r2, r2, #4
    bne 1b
    pop {r4-r11, pc}
    .size ek_mean_4_dsp, . - ek_mean_4_dsp
