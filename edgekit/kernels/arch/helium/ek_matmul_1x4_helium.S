/* SPDX-License-Identifier: MIT-0 */
/* 1 pixel by 4 channels at a time, see ek_matmul_helium.h. 10 instructions for 64 products.
 *
 * r0, r2, r4, r6 sums, r1 weights, r3 inputs of the loop, r5 first chunk, r9 second chunk, r7 outputs, r8 chunks behind
 * the first, r10 groups left, r11 zero point, r12 the shared multiplier; q4, q5 limits, q6 the shared shift.
 */
    .syntax unified
    .thumb

    .macro PRODUCTS op
    vldrb.u8 q1, [r1], #16
    \op r0, q1, q0
    vldrb.u8 q2, [r1], #16
    \op r2, q2, q0
    vldrb.u8 q1, [r1], #16
    \op r4, q1, q0
    vldrb.u8 q2, [r1], #16
    \op r6, q2, q0
    .endm

    .macro MATMUL_1X4 name, two_sided, shared
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    push {r4-r11, lr}
    vpush {d8-d13}
    ldrd r5, r7, [r0]               /* x, y */
    ldrd r1, r10, [r0, #8]          /* weights, groups */
    ldrd r8, r9, [r0, #16]          /* chunks, skip */
    sub r8, r8, #1
    add r9, r9, r5
    ldrd r11, r2, [r0, #24]         /* zero point, smallest output */
    vdup.32 q4, r2
    ldr r2, [r0, #32]               /* largest output */
    vdup.32 q5, r2
    ldrd r12, r2, [r0, #36]         /* shared multiplier, shift */
    vdup.32 q6, r2
1:
    vldrb.u8 q0, [r5]
    PRODUCTS vmladav.s8
    mov r3, r9
    wls lr, r8, 3f
2:
    vldrb.u8 q0, [r3], #16
    PRODUCTS vmladava.s8
    le lr, 2b
3:
    vmov q0[2], q0[0], r0, r4
    vmov q0[3], q0[1], r2, r6
    vldrw.u32 q1, [r1], #16
    vadd.i32 q0, q0, q1
    .if \shared
    vqrdmulh.s32 q0, q0, r12
    .else
    vldrw.u32 q1, [r1], #16
    vqrdmulh.s32 q0, q0, q1
    vldrb.s32 q6, [r1], #4
    .endif
    .if \two_sided                  /* 1 off where the sum is negative and the shift is not 0 */
    vand q1, q0, q6
    vshr.s32 q1, q1, #31
    vadd.i32 q0, q0, q1
    .endif
    vrshl.s32 q0, q0, q6
    vqadd.s32 q0, q0, r11
    vmax.s32 q0, q0, q4
    vmin.s32 q0, q0, q5
    vstrb.32 q0, [r7], #4
    subs r10, r10, #1
    bne 1b
    mov r0, r1
    vpop {d8-d13}
    pop {r4-r11, pc}
    .size \name, . - \name
    .endm

    MATMUL_1X4 ek_matmul_1x4_floor_helium, 0, 0
    MATMUL_1X4 ek_matmul_1x4_two_sided_helium, 1, 0
    MATMUL_1X4 ek_matmul_1x4_floor_shared_helium, 0, 1
    MATMUL_1X4 ek_matmul_1x4_two_sided_shared_helium, 1, 1
