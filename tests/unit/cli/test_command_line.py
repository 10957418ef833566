# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flatbuffer_builder import ModelBuilder
from golden import GOLDEN, check_golden

from edgekit.benchmark.result import (
    Accuracy,
    BenchmarkResult,
    Conditions,
    Latency,
    LayerLatency,
    Memory,
    Microseconds,
    Parity,
)
from edgekit.cli import main as command_line
from edgekit.cli import render
from edgekit.cli.main import VERBS, root


def edgekit(*args: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "edgekit", *map(str, args)], cwd=cwd, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def model(tmp_path: Path) -> Path:
    builder = ModelBuilder(seed=1)
    x = builder.input((1, 6, 6, 2))
    y = builder.conv_2d(x, 4, kernel=3, activation="RELU")
    y = builder.fully_connected(builder.reshape(y, (1, 144)), 3)
    path = tmp_path / "tiny.tflite"
    path.write_bytes(builder.build(outputs=[builder.softmax(y)]))
    return path


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_is_a_documented_command_of_its_name(verb: str) -> None:
    command = root.get_command(None, verb)  # type: ignore[arg-type]
    assert command is not None
    assert (command.name, bool(command.help)) == (verb, True)


def test_help_of_every_verb(request: pytest.FixtureRequest) -> None:
    wording = f"click {metadata.version('click')}"
    if not request.config.getoption("--update-golden") and not (GOLDEN / "help.txt").read_text().startswith(wording):
        pytest.skip(f"the help texts were recorded with another click than {wording}")
    texts = [wording, ""]
    for verb in ("", *VERBS):
        args = [verb, "--help"] if verb else ["--help"]
        texts.append(CliRunner().invoke(root, args, prog_name="edgekit", terminal_width=100).stdout)
    check_golden(request, "help.txt", "\n".join(texts))


def test_help_imports_neither_tensorflow_nor_numpy_nor_rich() -> None:
    code = (
        "import sys\nsys.argv = ['edgekit', '--help']\nfrom edgekit.cli.main import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "print([m for m in ('tensorflow', 'keras', 'numpy', 'rich', 'serial') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


def test_version() -> None:
    done = edgekit("--version")
    assert (done.returncode, done.stdout) == (0, "edgekit 0.1.0\n")


def test_an_unknown_verb_is_wrong_usage_and_the_nearest_is_named() -> None:
    done = edgekit("benhc")
    assert done.returncode == 2
    assert "did you mean 'bench'" in done.stderr


def test_a_missing_option_is_wrong_usage() -> None:
    done = edgekit("generate", __file__)
    assert done.returncode == 2
    assert "--board" in done.stderr


def test_a_file_that_is_no_model_is_one_line_and_status_1(tmp_path: Path) -> None:
    (tmp_path / "x.tflite").write_bytes(b"not a model")
    done = edgekit("inspect", tmp_path / "x.tflite")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("edgekit: error: ") and len(done.stderr.splitlines()) == 1


def test_an_unknown_board_names_the_nearest(model: Path) -> None:
    done = edgekit("inspect", model, "--board", "mps2-an38")
    assert done.returncode == 1
    assert "did you mean mps2-an38" in done.stderr


def test_a_board_file_with_a_typo_is_one_line(model: Path, tmp_path: Path) -> None:
    board = tmp_path / "mine.toml"
    board.write_text('idd = "mine"\n')
    done = edgekit("inspect", model, "--board", board)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1 and "mine.toml" in done.stderr


def test_inspect_prints_json_alone(model: Path) -> None:
    done = edgekit("inspect", model, "--board", "mps2-an386", "--format", "json")
    found = json.loads(done.stdout)
    assert [op["op"] for op in found["ops"]] == ["CONV_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]
    assert found["file_bytes"] == found["weight_bytes"] + found["container_overhead_bytes"]
    assert found["fit"]["fits"] is True


def test_the_tflm_engine_is_not_yet_there(model: Path, tmp_path: Path) -> None:
    done = edgekit("generate", model, "--board", "mps2-an386", "--engine", "tflm", "-o", tmp_path / "out")
    assert done.returncode == 1
    assert "aot" in done.stderr
    assert not (tmp_path / "out").exists()


def test_generate_writes_the_same_project_twice(model: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        done = edgekit("generate", model, "--board", "mps2-an386", "-o", tmp_path / name, "--format", "json")
        assert done.returncode == 0, done.stderr
    first, second = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in sorted((tmp_path / name).rglob("*.*"))}
        for name in ("a", "b")
    )
    assert first == second
    assert not any(str(tmp_path).encode() in content for content in first.values())


def test_generate_tells_the_choices_and_why(model: Path, tmp_path: Path) -> None:
    done = edgekit("generate", model, "--board", "mps2-an386", "-o", tmp_path / "p", "--format", "json")
    layers = json.loads(done.stdout)["layers"]
    assert [layer["op"] for layer in layers] == ["CONV_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"]
    convolution, reshape = layers[:2]
    assert convolution["runner_up"].startswith("ek_conv_2d") and convolution["runner_up"] != convolution["kernel"]
    assert 0 < convolution["predicted_instructions"] < convolution["runner_up_instructions"]
    assert convolution["why"].endswith(f"times as many with {convolution['runner_up']}")
    assert (reshape["kernel"], reshape["predicted_instructions"], reshape["why"]) == ("", 0, "the same bytes")
    table = edgekit("generate", model, "--board", "mps2-an386", "-o", tmp_path / "q").stdout
    assert convolution["kernel"] in table and f"{convolution['predicted_instructions']:,}" in table


def test_a_model_too_big_for_the_board_is_refused_before_the_build(tmp_path: Path) -> None:
    builder = ModelBuilder(seed=2)
    x = builder.input((1, 400, 400, 1))
    path = tmp_path / "big.tflite"
    path.write_bytes(builder.build(outputs=[builder.conv_2d(x, 4)]))
    done = edgekit("generate", path, "--board", "an386-stm32f405", "-o", tmp_path / "out")
    assert done.returncode == 1
    assert "bytes of RAM are missing" in done.stderr
    assert not (tmp_path / "out").exists()


def test_an_existing_folder_that_is_not_a_project_is_left_alone(model: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    edgekit("generate", model, "--board", "mps2-an386", "-o", tmp_path / "out")
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"


def test_building_a_folder_that_is_no_project_is_one_line(tmp_path: Path) -> None:
    done = edgekit("build", tmp_path)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_program(shell: str) -> None:
    done = edgekit("completion", shell)
    assert done.returncode == 0
    assert "_EDGEKIT_COMPLETE" in done.stdout


def test_doctor_names_what_it_looked_for() -> None:
    found = json.loads(edgekit("doctor", "--format", "json").stdout)
    assert {"arm-none-eabi-gcc", "qemu-system-arm", "cmake", "keras"} <= {check["what"] for check in found["checks"]}
    assert all(check["found"] or check["remedy"] for check in found["checks"])


def test_control_characters_in_names_are_shown_escaped() -> None:
    assert render.printable("a\x1b[31mb\n") == "a\\x1b[31mb\\n"
    assert render.printable(None) == "-"
    assert render.printable(1234567) == "1,234,567"


def result(**changes: Any) -> BenchmarkResult:
    parts: dict[str, Any] = {
        "conditions": Conditions("b", "cortex-m3", "aot", "speed", "gcc", "-O2", "0.1.0", "0" * 64, "emulator",
                                 25_000_000, 5, 1, "performance", "Linux x86_64"),
        "memory": Memory(1000, 500, 300, 200, 100, 90, 10, None),
        "latency": Latency(1000, None, None, None, False, 500,
                           (LayerLatency(0, "CONV_2D", "conv", "ek_conv_2d_s8", 500, 990, None, None),)),
        "power": None,
        "parity": Parity("oracle 1", 5, 50, 0, None),
        "accuracy": Accuracy("top1", 0.9, 0.85, 0.95, 100, 1.0, "0" * 64),
    }  # fmt: skip
    return BenchmarkResult(**{**parts, **changes})


def run_report(found: BenchmarkResult, output_format: str = "table", min_accuracy: float | None = None) -> Any:
    import click

    from edgekit.cli.bench import report

    @click.command()
    def show() -> None:
        report(found, output_format, min_accuracy)

    return CliRunner().invoke(show, [])


def test_every_key_of_the_result_is_there_and_unknown_is_null() -> None:
    shown = run_report(result(parity=None, accuracy=None), "json")
    found = json.loads(shown.stdout)
    assert list(found) == [
        "schema", "conditions", "memory", "latency", "power", "parity", "accuracy", "throughput", "lost_boards"
    ]  # fmt: skip
    assert (found["schema"], found["power"], found["parity"], found["accuracy"]) == (1, None, None, None)
    assert found["memory"]["stack_peak_bytes"] is None
    assert list(found["latency"]) == [
        "instructions", "cycles", "cycles_estimated", "microseconds", "estimated", "macs", "layers", "estimated_within"
    ]  # fmt: skip


def test_a_board_that_failed_is_told_beside_a_result_that_holds() -> None:
    for output_format in ("json", "table"):
        shown = run_report(result(lost_boards=("the board on /dev/ttyACM1\x1b[2J was lost",)), output_format)
        assert shown.exit_code == 0
        assert "the others ran its samples: the board on /dev/ttyACM1\\x1b[2J was lost" in shown.stderr


def test_bytes_that_differ_are_status_1_after_the_result_is_printed() -> None:
    shown = run_report(result(parity=Parity("oracle 1", 5, 50, 3, "conv")), "json")
    assert shown.exit_code == 1
    assert json.loads(shown.stdout)["parity"]["different_bytes"] == 3
    assert "first at layer conv" in shown.stderr


def test_a_missed_accuracy_is_status_1() -> None:
    assert run_report(result(), min_accuracy=0.9).exit_code == 0
    assert run_report(result(), min_accuracy=0.91).exit_code == 1


def test_min_accuracy_without_labels_is_wrong_usage() -> None:
    assert run_report(result(accuracy=None), min_accuracy=0.9).exit_code == 2


def test_a_time_from_an_instruction_count_is_called_estimated() -> None:
    latency = Latency(1000, None, 1400, Microseconds(55.0, 56.0, 57.0), True, 500, None)
    assert "estimated" in run_report(result(latency=latency)).stdout


def test_ctrl_c_is_status_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(*args: object, **kwargs: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(root, "main", interrupted)
    with pytest.raises(SystemExit) as stopped:
        command_line.main()
    assert stopped.value.code == 130


def test_a_full_disk_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device", "out.tflite")

    monkeypatch.setattr(root, "main", full)
    with pytest.raises(SystemExit) as stopped:
        command_line.main()
    assert stopped.value.code == 1
    assert capsys.readouterr().err == "edgekit: error: No space left on device: out.tflite\n"
