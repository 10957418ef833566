/* SPDX-License-Identifier: MIT-0 */
#include "ek_matmul_short_macros_dsp.h"

    MATMUL_SHORT ek_matmul_4x2_k128_dsp, 32, LEAST
    MATMUL_SHORT ek_matmul_4x2_k128_scaled_dsp, 32, SCALED
