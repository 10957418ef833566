/* SPDX-License-Identifier: MIT-0 */
/* See ek_sum_helium.h. The lanes of 16 bits hold a row.
 *
 * r1 row, r2 element, r3 sums, r4 rows, r5 row stride, r6 columns, r7 column stride; q0 even sums, q1 odd ones, q2 row.
 */
    .syntax unified
    .thumb

    .section .text.ek_sum_rows_helium, "ax", %progbits
    .balign 4
    .global ek_sum_rows_helium
    .type ek_sum_rows_helium, %function
    .thumb_func
ek_sum_rows_helium:
    push {r4-r7, lr}
    ldm r0, {r4-r7}
    vctp.16 r2
    vld20.32 {q0, q1}, [r3]
    vld21.32 {q0, q1}, [r3]
1:
    mov r2, r1
    vmov.i32 q2, #0
    dls lr, r6
2:
    vpst
    vldrbt.s16 q3, [r2]
    vadd.i16 q2, q2, q3
    add r2, r2, r7
    le lr, 2b
    vmovlb.s16 q3, q2
    vadd.i32 q0, q0, q3
    vmovlt.s16 q3, q2
    vadd.i32 q1, q1, q3
    add r1, r1, r5
    subs r4, r4, #1
    bne 1b
    vst20.32 {q0, q1}, [r3]
    vst21.32 {q0, q1}, [r3]
    pop {r4-r7, pc}
    .size ek_sum_rows_helium, . - ek_sum_rows_helium
