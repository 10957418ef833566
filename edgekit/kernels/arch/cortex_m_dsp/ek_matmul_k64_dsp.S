/* SPDX-License-Identifier: MIT-0 */
#include "ek_matmul_short_macros_dsp.h"

    MATMUL_SHORT ek_matmul_4x2_k64_dsp, 16, LEAST
    MATMUL_SHORT ek_matmul_4x2_k64_scaled_dsp, 16, SCALED
