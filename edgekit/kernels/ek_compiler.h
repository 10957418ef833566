/* SPDX-License-Identifier: MIT-0 */
/* What C99 cannot say by itself. */
#ifndef EK_COMPILER_H
#define EK_COMPILER_H

/* Inner loops that are only fast where they stand. */
#if defined(__GNUC__) || defined(__ICCARM__)
#define EK_INLINE static inline __attribute__((always_inline))
#define EK_ALIGNED_16 __attribute__((aligned(16)))
#elif defined(_MSC_VER)
#define EK_INLINE static __forceinline
#define EK_ALIGNED_16 __declspec(align(16))
#else
#define EK_INLINE static inline
#define EK_ALIGNED_16 _Alignas(16)
#endif

/* For constants: C99 has it in a header that not every compiler for bare metal brings along. */
#if defined(__GNUC__)
#define EK_INFINITY __builtin_inff()
#else
#include <math.h>
#define EK_INFINITY INFINITY
#endif

/* A copy of known size that becomes a load and a store, with -ffreestanding too. */
#if defined(__GNUC__)
#define EK_MEMCPY __builtin_memcpy
#else
#include <string.h>
#define EK_MEMCPY memcpy
#endif

#endif
