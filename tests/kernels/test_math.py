# SPDX-License-Identifier: Apache-2.0
"""The fixed-point arithmetic under all kernels equals edgekit.ir.fixed_point, rounding by rounding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from kernel_runner import COMPILE_S, SANITIZE, STRICT, host_compiler

from edgekit import process
from edgekit.ir import fixed_point
from edgekit.resources import kernels_dir

MAIN = """
#include <stdio.h>
#include "ek_math.h"

int main(void)
{
    int32_t in[3];
    while (fread(in, sizeof in, 1, stdin) == 1) {
        const int shifts = in[2] < 0 && in[0] > INT32_MIN && in[0] < INT32_MAX;
        const int32_t out[3] = {
            ek_rescale(in[0], in[1], in[2]),
            ek_mul_high(in[1], in[0]),
            shifts ? ek_shift_right_round(in[0], -in[2]) : ek_add_wrapping(in[0], in[1]),
        };
        fwrite(out, sizeof out, 1, stdout);
    }
    return 0;
}
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("math")
    (folder / "main.c").write_text(MAIN)
    args = [host_compiler(), *STRICT, *SANITIZE, "-O1", f"-I{kernels_dir()}", folder / "main.c", "-o", folder / "main"]
    process.run(args, timeout_s=COMPILE_S)
    return folder / "main"


def _cases() -> np.ndarray:
    """(accumulator, multiplier, shift): every shift, with accumulators on and beside the ties of the right shift."""
    random = np.random.default_rng(11)
    rows = []
    for shift in range(-31, 31):
        multipliers = [2**30, 2**30 + 1, 2**31 - 1, 0, 1, *random.integers(2**30, 2**31, 6)]
        half = 1 << max(-shift - 1, 0)
        ties = np.array([k * half + beside for k in (-3, -2, -1, 0, 1, 2, 3) for beside in (-1, 0, 1)])
        edges = np.array([-(2**31) + 1, -(2**31), 2**31 - 1, -(2**30), 2**30])
        accumulators = np.concatenate(
            [ties, edges, random.integers(-(2**31), 2**31, 20), random.integers(-999, 999, 9)]
        )
        for multiplier in multipliers:
            # The accumulators whose product lies on a tie, undone by the multiplier, and its neighbours.
            undone = ties * 2**31 // max(int(multiplier), 2**30)
            for acc in np.clip(np.concatenate([accumulators, undone]), -(2**31), 2**31 - 1):
                rows.append((acc, multiplier, shift))
    return np.array(rows, np.int64)


def test_every_shift_rounds_as_defined(program: Path, tmp_path: Path) -> None:
    cases = _cases()
    done = tmp_path / "out.bin"
    with done.open("wb") as file, process.start([program], stdin=-1, stdout=file, stderr=-1) as child:
        _, errors = child.communicate(cases.astype("<i4").tobytes(), timeout=60)
    assert child.returncode == 0, errors.decode(errors="replace")
    rescaled, product, third = np.frombuffer(done.read_bytes(), "<i4").reshape(-1, 3).T
    acc, multiplier, shift = cases.T
    np.testing.assert_array_equal(rescaled, fixed_point.requantize(acc, multiplier, shift))
    np.testing.assert_array_equal(product, fixed_point.mul_high(acc, multiplier))
    right = (shift < 0) & (acc > -(2**31)) & (acc < 2**31 - 1)
    np.testing.assert_array_equal(third[right], fixed_point.shift_right_round(acc[right], -shift[right]))
    np.testing.assert_array_equal(third[~right], fixed_point.wrap32(acc[~right] + multiplier[~right]))
