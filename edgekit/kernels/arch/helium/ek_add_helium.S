/* SPDX-License-Identifier: MIT-0 */
/* Element-wise addition, 4 elements at a time, see ek_add_helium_s8.h.
 *
 * r1, r2 inputs, r3 output, r4-r8 count, factors, start and addend, r9 minus the shift; q2, q3 limits.
 */
    .syntax unified
    .thumb

    .macro ADD_LOOP name, ties_away
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    push {r4-r10, lr}
    ldm r0!, {r4-r9}
    ldm r0, {r9, r10, r12}
    rsb r9, r9, #0
    vdup.32 q2, r10
    vdup.32 q3, r12
    wlstp.32 lr, r4, 2f
1:
    vldrb.s32 q0, [r1], #4
    vmul.i32 q0, q0, r5
    vldrb.s32 q1, [r2], #4
    vmla.s32 q0, q1, r6
    vadd.i32 q0, q0, r7
    .if \ties_away
    vshr.s32 q1, q0, #31
    vadd.i32 q0, q0, q1
    vadd.i32 q0, q0, r8
    .endif
    vshl.s32 q0, r9
    vmax.s32 q0, q0, q2
    vmin.s32 q0, q0, q3
    vstrb.32 q0, [r3], #4
    letp lr, 1b
2:
    pop {r4-r10, pc}
    .size \name, . - \name
    .endm

    ADD_LOOP ek_add_floor_helium, 0
    ADD_LOOP ek_add_ties_away_helium, 1
