/* SPDX-License-Identifier: MIT-0 */
/* See ek_columns_helium.h.
 *
 * r0 to, r1 from, r2 pixels, r4 bytes of a pixel, r5 step.
 */
    .syntax unified
    .thumb

    .section .text.ek_spread_pixels_helium, "ax", %progbits
    .balign 4
    .global ek_spread_pixels_helium
    .type ek_spread_pixels_helium, %function
    .thumb_func
ek_spread_pixels_helium:
    push {r4-r8, lr}
    ldrd r4, r5, [r3], #8
    ldr r6, [r3], #4
    cbz r6, 4f

/* r6 pixels of a vector, r7 their bytes, r8 from vector to vector. */
    vldrb.u8 q1, [r3]
    mul r7, r6, r4
    mul r8, r6, r5
    vctp.8 r7
    udiv r12, r2, r6
    mls r2, r12, r6, r2
    wls lr, r12, 2f
1:
    vpstt
    vldrbt.u8 q0, [r1]
    vstrbt.8 q0, [r0, q1]
    add r1, r1, r7
    add r0, r0, r8
    le lr, 1b
2:
    cbz r2, 3f
    mul r2, r2, r4
    vctp.8 r2
    vpstt
    vldrbt.u8 q0, [r1]
    vstrbt.8 q0, [r0, q1]
3:
    pop {r4-r8, pc}

/* A pixel is several vectors, the first two overlapping: r6 vectors behind the first, r7 bytes from the first to the
 * second. */
4:
    subs r7, r4, #1
    lsr r6, r7, #4
    and r7, r7, #15
    add r7, r7, #1
5:
    vldrb.u8 q0, [r1]
    vstrb.8 q0, [r0]
    add r3, r1, r7
    add r8, r0, r7
    dls lr, r6
6:
    vldrb.u8 q0, [r3], #16
    vstrb.8 q0, [r8], #16
    le lr, 6b
    add r1, r1, r4
    add r0, r0, r5
    subs r2, r2, #1
    bne 5b
    pop {r4-r8, pc}
    .size ek_spread_pixels_helium, . - ek_spread_pixels_helium
