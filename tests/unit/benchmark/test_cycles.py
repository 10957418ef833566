# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from edgekit.benchmark.cycles import MODELS, classify, decode, estimate_cycles
from edgekit.device.mix import Block
from edgekit.firmware.symbols import Code

pytest.importorskip("capstone", reason="capstone is not installed: pip install 'edgekit[cycles]'")

# 0: ldr r0,[r1]   2: ldr r2,[r3]   4: ldr r2,[r2]   6: adds r0,r0,#1   8: smlad r4,r5,r6,r4   12: bx lr
CODE = bytes.fromhex("08681a681268401c25fb06447047")


def cycles(core: str, size: int, executions: int = 1, jumps: int = 0, start: int = 0) -> int | None:
    block = Block(start, size, executions, jumps)
    return estimate_cycles(core, [block], Code({}, ((0, CODE),)))


def test_instructions_are_decoded_with_their_registers() -> None:
    kinds = [each.kind for each in decode(CODE, 0)]
    assert kinds == ["load", "load", "load", "other", "multiply add", "branch"]
    assert [each.size_bytes for each in decode(CODE, 0)] == [2, 2, 2, 2, 4, 2]


def test_a_load_after_a_load_takes_one_cycle_on_a_cortex_m4() -> None:
    assert cycles("cortex-m4f", 2) == 2
    assert cycles("cortex-m4f", 4) == 3


def test_a_load_whose_address_is_being_loaded_waits() -> None:
    assert cycles("cortex-m4f", 6) == 5


def test_a_taken_branch_refills_the_pipeline() -> None:
    straight = cycles("cortex-m4f", len(CODE), executions=10)
    assert straight is not None
    assert cycles("cortex-m4f", len(CODE), executions=10, jumps=4) == straight + 4 * MODELS["cortex-m4f"].refill


def test_a_multiply_accumulate_is_dearer_on_a_cortex_m3() -> None:
    assert cycles("cortex-m4f", 4, start=8) == 1
    assert cycles("cortex-m3", 4, start=8) == 2


def test_loads_take_two_cycles_on_a_cortex_m0() -> None:
    assert cycles("cortex-m0", 4) == 4


def test_independent_instructions_pair_on_a_cortex_m7() -> None:
    assert cycles("cortex-m7", 2, start=6) == 1
    single = cycles("cortex-m4f", len(CODE))
    double = cycles("cortex-m7", len(CODE))
    assert single is not None and double is not None and double < single


def test_a_core_without_a_model_has_no_estimate() -> None:
    assert cycles("cortex-m55", 2) is None
    assert cycles("rv32imc", 2) is None


@pytest.mark.parametrize(
    ("mnemonic", "kind"),
    [
        ("ldrsb.w", "load"), ("ldrd", "load pair"), ("strb", "store"), ("ldmia.w", "load many"), ("pop", "load many"),
        ("sdiv", "divide"), ("smull", "multiply long"), ("smlald", "multiply long"), ("mla", "multiply add"),
        ("smmlar", "multiply add"), ("smuad", "multiply"), ("muls", "multiply"), ("smmulr", "multiply"),
        ("bne", "branch"), ("bls.n", "branch"), ("cbz", "branch"), ("bl", "call"), ("blx", "call"), ("bic.w", "other"),
        ("ittt", "if-then"), ("vmla.f32", "float multiply add"), ("vdiv.f32", "float divide"), ("vldr", "float memory"),
        ("sxtb16", "other"), ("usat16", "other"), ("movw", "other"),
    ],
)  # fmt: skip
def test_mnemonics_have_their_class(mnemonic: str, kind: str) -> None:
    assert classify(mnemonic) == kind
