# SPDX-License-Identifier: Apache-2.0
"""The oracle on real models, and on children that crash, hang and babble."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from edgekit import process
from edgekit.errors import OracleError
from edgekit.ir.attributes import ReluAttrs
from edgekit.ir.graph import Graph, Op, QuantParams, Tensor
from edgekit.oracle import Oracle, is_installed, known_faults, session
from edgekit.tflite import TfliteModel

needs_tflm = pytest.mark.skipif(not is_installed(), reason="tflite-micro is not installed (Linux on x86-64 only)")
MODEL = TfliteModel("stand_in", b"....TFL3")

STAND_IN = """
import os, signal, sys, time
from edgekit.oracle.frames import read_frame, write_frame, BrokenPipe
requests, answers = sys.stdin.buffer, sys.stdout.buffer
PORT = {"shape": [2], "dtype": "int8", "bytes": 2}
try:
    while True:
        frame = read_frame(requests)
        arena = frame.header.get("arena_bytes", 0)
        if frame.word == "load":
            LOAD
            write_frame(answers, "done", {"name": f"stand-in {arena}", "inputs": [PORT], "outputs": [PORT]})
        else:
            RUN
            write_frame(answers, "done", {"tensors": [7]}, frame.parts)
except BrokenPipe:
    pass
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def make(load: str = "pass", run: str = "pass") -> None:
        script = tmp_path / "child.py"
        script.write_text(textwrap.dedent(STAND_IN).replace("LOAD", load).replace("RUN", run))
        _, env = process.own_module("")
        monkeypatch.setattr(session, "_child_command", lambda: ([sys.executable, str(script)], env))
        monkeypatch.setattr(session, "is_installed", lambda engine: True)
        monkeypatch.setattr(session.tempfile, "tempdir", str(tmp_path))

    return make


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name != "child.py"]


def test_samples_keep_their_order_over_many_chunks(stand_in, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in()
    monkeypatch.setattr(session, "_CHUNK_SAMPLES", 3)
    samples = [[bytes([i, 255 - i])] for i in range(10)]
    with Oracle(MODEL) as oracle:
        assert oracle.run_batch(samples) == samples
        assert oracle.layers(samples[4]) == {7: bytes([4, 251])}
        assert oracle.run([np.array([-1, 1], np.int8)]) == [b"\xff\x01"]


def test_a_crash_while_loading_is_met_with_a_larger_arena(stand_in) -> None:
    stand_in(load="arena < 100_000_000 and os.kill(os.getpid(), signal.SIGSEGV)")
    with Oracle(MODEL) as oracle:
        assert oracle.name == f"stand-in {256 << 20}"


def test_a_crash_while_running_repeats_the_samples_under_a_larger_arena(stand_in) -> None:
    stand_in(load="last = arena", run="last < 50_000_000 and os.kill(os.getpid(), signal.SIGSEGV)")
    with Oracle(MODEL) as oracle:
        assert oracle.run([b"ab"]) == [b"ab"]
        assert oracle.name == f"stand-in {64 << 20}"


def test_a_model_that_always_crashes_is_an_error_with_the_signal_and_the_native_text(stand_in, tmp_path: Path) -> None:
    stand_in(load="(os.write(2, b'kernel says no'), os.kill(os.getpid(), signal.SIGSEGV))")
    with pytest.raises(OracleError, match=r"'stand_in'.*SIGSEGV.*kernel says no"), Oracle(MODEL):
        pass
    assert not leftovers(tmp_path)


def test_a_refusal_carries_the_reason_and_the_native_text(stand_in) -> None:
    fail = "write_frame(answers, 'fail', {'error': 'no'}); continue"
    stand_in(run=f"os.write(2, b'Hybrid models are not supported\\n'); {fail}")
    with Oracle(MODEL) as oracle, pytest.raises(OracleError, match=r"no \(Hybrid models are not supported\)"):
        oracle.run([b"ab"])


def test_a_silent_child_meets_the_deadline(stand_in, tmp_path: Path) -> None:
    stand_in(run="time.sleep(60)")
    # On a busy machine the load may run into the deadline already: the error is the same.
    with pytest.raises(OracleError, match=r"did not answer within 0\.5 s"), Oracle(MODEL, timeout_s=0.5) as oracle:
        oracle.run([b"ab"])
    assert not leftovers(tmp_path)


def test_a_child_that_babbles_is_an_error_and_not_a_memory_hog(stand_in) -> None:
    stand_in(load="answers.write(b'done' + b'\\xff' * 100); answers.flush()")
    with pytest.raises(OracleError, match="cannot run"), Oracle(MODEL):
        pass


def test_an_interrupt_leaves_no_child_and_no_file(stand_in, tmp_path: Path) -> None:
    stand_in()
    with pytest.raises(KeyboardInterrupt), Oracle(MODEL) as oracle:
        child = oracle._child
        raise KeyboardInterrupt
    assert child is not None and child.poll() is not None
    assert not leftovers(tmp_path)


def test_inputs_of_the_wrong_size_or_number_never_reach_the_child(stand_in) -> None:
    stand_in()
    with Oracle(MODEL) as oracle:
        with pytest.raises(OracleError, match="input 0 of 'stand_in' takes 2 bytes"):
            oracle.run([b"abc"])
        with pytest.raises(OracleError, match="has 1 inputs, 2 were given"):
            oracle.run([b"ab", b"ab"])


def test_a_missing_package_names_the_pip_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "is_installed", lambda engine: False)
    with pytest.raises(OracleError, match=r"pip install 'edgekit\[oracle\]'"), Oracle(MODEL):
        pass


def test_a_package_that_imports_and_does_not_work_is_as_good_as_missing(stand_in) -> None:
    stand_in(load="write_frame(answers, 'fail', {'error': '_ARRAY_API not found', 'missing': True}); continue")
    with pytest.raises(OracleError, match=r"does not work here \(_ARRAY_API not found\).*edgekit\[runtime\]"):
        with Oracle(MODEL, engine="litert"):
            pass


def _relu6_graph(out_scale: float) -> Graph:
    tensors = (
        Tensor("x", (1, 4), "int8", quant=QuantParams((0.1,), (0,))),
        Tensor("y", (1, 4), "int8", quant=QuantParams((out_scale,), (0,))),
    )
    return Graph("g", tensors, (Op("RELU6", "clip", (0,), (1,), ReluAttrs()),), (0,), (1,))


def test_a_rescaling_relu6_is_a_known_fault_and_moves_the_case_to_litert(stand_in) -> None:
    assert known_faults(_relu6_graph(0.1)) == []
    (reason,) = known_faults(_relu6_graph(0.05))
    assert reason.startswith("RELU6 'clip': TFLM's int8 RELU6 clamps")
    stand_in()
    with Oracle(MODEL, _relu6_graph(0.05)) as oracle:
        assert oracle.name.endswith(f"(TFLM is no judge here: {reason})")


@needs_tflm
@pytest.mark.parametrize("name", ["ad01_int8", "hello_world_int8", "kws_ref_model", "person_detect"])
def test_real_models_run_whatever_the_first_arena(shared_dir: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = TfliteModel.read(shared_dir / "models" / f"{name}.tflite")
    answers = []
    for arena_bytes in (16 << 20, 1_000, 30_000):
        monkeypatch.setattr(session, "_FIRST_ARENA_BYTES", arena_bytes)
        with Oracle(model) as oracle:
            assert oracle.name.startswith("tflite-micro 0.")
            random = np.random.default_rng(0)
            inputs = [random.integers(-128, 128, port.size_bytes, np.int8) for port in oracle.inputs]
            layers = oracle.layers(inputs)
            outputs = oracle.run(inputs)
            assert set(outputs) <= set(layers.values())
            assert oracle.run_batch([inputs, inputs]) == [outputs, outputs]
            answers.append((outputs, layers))
    assert answers[0] == answers[1] == answers[2]


@needs_tflm
def test_bytes_that_are_no_model_end_in_an_error() -> None:
    with pytest.raises(OracleError, match="cannot run 'stand_in'"), Oracle(MODEL, timeout_s=20):
        pass


def test_the_parent_never_imports_an_interpreter() -> None:
    import subprocess

    heavy = ("tflite_micro", "ai_edge_litert", "tensorflow", "keras")
    code = f"import sys, edgekit.oracle; sys.exit(any(name.split('.')[0] in {heavy} for name in sys.modules))"
    root = Path(__file__).resolve().parents[3]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, timeout=60, check=False).returncode == 0
