/* SPDX-License-Identifier: MIT-0 */
/* See ek_rows_helium.h. */
    .syntax unified
    .thumb

    .macro FUNCTION name
    .section .text.\name, "ax", %progbits
    .balign 4
    .global \name
    .type \name, %function
    .thumb_func
\name:
    .endm

    FUNCTION ek_copy_helium
    push {r7, lr}
    wlstp.8 lr, r2, 2f
1:
    vldrb.u8 q0, [r1], #16
    vstrb.8 q0, [r0], #16
    letp lr, 1b
2:
    pop {r7, pc}
    .size ek_copy_helium, . - ek_copy_helium

    FUNCTION ek_fill_helium
    push {r7, lr}
    vdup.8 q0, r1
    wlstp.8 lr, r2, 2f
1:
    vstrb.8 q0, [r0], #16
    letp lr, 1b
2:
    pop {r7, pc}
    .size ek_fill_helium, . - ek_fill_helium

/* r3 places, r4 blocks, r5 step, r6 all places, r7 blocks left. */
    FUNCTION ek_gather_helium
    push {r4-r7, lr}
    ldm r3, {r4-r6}
    mov r3, r6
    mov r7, r4
    wlstp.8 lr, r2, 2f
1:
    vldrb.u8 q1, [r3], #16
    vldrb.u8 q0, [r1, q1]
    vstrb.8 q0, [r0], #16
    subs r7, r7, #1
    ittt eq
    addeq r1, r1, r5
    moveq r3, r6
    moveq r7, r4
    letp lr, 1b
2:
    pop {r4-r7, pc}
    .size ek_gather_helium, . - ek_gather_helium

/* r1 window, r2 slot, r3 windows left, r4 column_step, r5 bytes of a slot, r8 places, r9 next place, r10 where the run
 * goes, r11 where it comes from. */
    FUNCTION ek_lay_out_windows_helium
    push {r4-r11, lr}
    ldm r0, {r4-r8}
    cmp r7, #16
    bhi 3f

/* A run is one vector: bytes behind it are not read. r6 runs, r7 bytes of a run. */
    vctp.8 r7
1:
    mov r9, r8
    mov r10, r2
    dls lr, r6
2:
    ldr r11, [r9], #4
    add r11, r11, r1
    vpst
    vldrbt.u8 q0, [r11]
    vstrb.8 q0, [r10]
    add r10, r10, r7
    le lr, 2b
    add r1, r1, r4
    add r2, r2, r5
    subs r3, r3, #1
    bne 1b
    pop {r4-r11, pc}

/* A run is several vectors, the first two overlapping. r0 runs left, r7 vectors behind the first, r12 bytes from the
 * first to the second. */
3:
    subs r12, r7, #1
    lsr r7, r12, #4
    and r12, r12, #15
    add r12, r12, #1
4:
    mov r9, r8
    mov r10, r2
    mov r0, r6
5:
    ldr r11, [r9], #4
    add r11, r11, r1
    vldrb.u8 q0, [r11]
    vstrb.8 q0, [r10]
    add r11, r11, r12
    add r10, r10, r12
    dls lr, r7
6:
    vldrb.u8 q0, [r11], #16
    vstrb.8 q0, [r10], #16
    le lr, 6b
    subs r0, r0, #1
    bne 5b
    add r1, r1, r4
    add r2, r2, r5
    subs r3, r3, #1
    bne 4b
    pop {r4-r11, pc}
    .size ek_lay_out_windows_helium, . - ek_lay_out_windows_helium
