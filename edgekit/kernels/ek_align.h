/* SPDX-License-Identifier: MIT-0 */
/* Alignment, which C99 cannot say by itself. */
#ifndef EK_ALIGN_H
#define EK_ALIGN_H

#if defined(__GNUC__) || defined(__ICCARM__)
#define EK_ALIGNED_16 __attribute__((aligned(16)))
#elif defined(_MSC_VER)
#define EK_ALIGNED_16 __declspec(align(16))
#else
#define EK_ALIGNED_16 _Alignas(16)
#endif

#endif
