# SPDX-License-Identifier: Apache-2.0
"""Damaged files that are still models compute what the reference interpreter computes with the same bytes (floats:
within the tolerance of parity).

Where the reference refuses such a file, crashes on it or is known to be wrong, there is nothing to compare with.
"""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from host_model import build_host_model, seeded_samples
from mutation_run import become, damaged

from edgekit.benchmark.parity import FLOAT_TOLERANCE, float_difference
from edgekit.codegen import generate_model
from edgekit.errors import EdgekitError, OracleError
from edgekit.importer import import_tflite
from edgekit.ir.evaluate import evaluate
from edgekit.ir.graph import Graph
from edgekit.oracle import Oracle, is_installed, known_faults
from edgekit.passes import run_passes
from edgekit.tflite import TfliteModel

pytestmark = pytest.mark.skipif(not is_installed(), reason="tflite-micro is not installed (Linux on x86-64 only)")


def survivor(seed: int, number: int) -> tuple[TfliteModel, Graph]:
    """The damaged file after `number` others of `seed` that is still a model and differs from a sound one."""
    for case in count(100 * number):
        model = damaged(seed, case)
        if become(model, generate=False)[0] == "imported":
            return model, import_tflite(model)
    raise AssertionError("unreachable")


def compare(seed: int, number: int) -> str:
    model, graph = survivor(seed, number)
    if known_faults(graph):
        return "known fault"
    samples = seeded_samples(graph, 2, seed=number)
    try:
        with Oracle(model, graph) as oracle:
            wanted = [oracle.run(sample) for sample in samples]
    except OracleError:
        return "refused by the reference"
    for sample, outputs in zip(samples, wanted, strict=True):
        values = evaluate(graph, sample)
        for index, output in zip(graph.outputs, outputs, strict=True):
            found = values[index]
            near = found.dtype == np.float32 and float_difference(found.tobytes(), output) <= FLOAT_TOLERANCE
            assert near or found.tobytes() == output, f"survivor({seed}, {number})"
    return "equal"


@pytest.mark.parametrize("number", range(5))
def test_a_damaged_model_computes_like_the_reference(number: int) -> None:
    assert compare(0, number) in ("equal", "known fault", "refused by the reference")


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(1, 5))
def test_damaged_models_compute_like_the_reference(seed: int) -> None:
    ends = [compare(seed, number) for number in range(50)]
    print({end: ends.count(end) for end in set(ends)})
    assert ends.count("equal") > len(ends) // 2


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5, 9))
def test_the_c_of_damaged_models_gives_exact_integers(seed: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    built = 0
    for number in range(6):
        model, graph = survivor(seed, number)
        optimized = run_passes(graph)
        try:
            generated = generate_model(optimized, name="damaged", core="cortex-m3", model_sha256=model.sha256)
        except EdgekitError:
            continue
        folder = tmp_path_factory.mktemp("damaged")
        samples = seeded_samples(optimized, 2, seed=number)
        found = build_host_model(generated, optimized, folder).run(samples, folder / "output")
        for sample, (_, outputs) in zip(samples, found, strict=True):
            values = evaluate(graph, sample)
            assert outputs == [values[index].tobytes() for index in graph.outputs], f"survivor({seed}, {number})"
        built += 1
    assert built > 2
