# SPDX-License-Identifier: Apache-2.0
"""Wheel and sdist: built, put outside the checkout, and used there."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from flatbuffer_builder import ModelBuilder

import edgekit

ROOT = Path(__file__).resolve().parent.parent

PUBLIC = [
    "BenchmarkResult",
    "EdgekitError",
    "TfliteModel",
    "bench",
    "convert_model",
    "deploy",
    "generate_model",
    "import_tflite",
    "load_board",
    "load_dataset",
]


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def installed(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the installed wheel, made from the sdist, which `build` unpacks elsewhere."""
    target = tmp_path_factory.mktemp("site")
    wheel = next(dist.glob("*.whl"))
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", target, wheel],
        check=True, capture_output=True, timeout=300,
    )  # fmt: skip
    return target


def run_installed(installed: Path, cwd: Path, *args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "edgekit", *map(str, args)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_the_wheel_holds_boards_templates_and_kernels(dist: Path) -> None:
    names = set(zipfile.ZipFile(next(dist.glob("*.whl"))).namelist())
    boards = {f"edgekit/_data/boards/{path.name}" for path in (ROOT / "boards").glob("*.toml")}
    kernels = {
        str(path.relative_to(ROOT)) for path in (ROOT / "edgekit" / "kernels").rglob("*") if path.suffix in (".c", ".h")
    }
    templates = {
        f"edgekit/_data/{path.relative_to(ROOT)}" for path in (ROOT / "firmware_templates").rglob("*") if path.is_file()
    }
    assert boards and kernels and templates
    assert boards | kernels | templates <= names
    assert not any(name.startswith("tests/") for name in names)


def test_the_sdist_holds_tests_and_examples(dist: Path) -> None:
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        names = archive.getnames()
    assert any(name.endswith("tests/test_package.py") for name in names)
    assert any("/examples/digits/" in name for name in names)


def test_an_installed_edgekit_generates_a_project_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    builder = ModelBuilder(seed=1)
    x = builder.input((1, 4, 4, 2))
    (tmp_path / "m.tflite").write_bytes(builder.build(outputs=[builder.conv_2d(x, 4)]))
    boards = run_installed(installed, tmp_path, "boards", "--format", "json")
    assert boards.returncode == 0, boards.stderr
    assert {"mps2-an385", "mps2-an386"} <= {board["id"] for board in json.loads(boards.stdout)}
    done = run_installed(installed, tmp_path, "generate", "m.tflite", "--board", "mps2-an386", "-o", "project")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "project" / "CMakeLists.txt").is_file()
    where = subprocess.run(
        [sys.executable, "-P", "-c", "import edgekit; print(edgekit.__file__)"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(installed)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(installed)


def test_the_public_names_are_these() -> None:
    assert edgekit.__all__ == PUBLIC
    assert all(getattr(edgekit, name) is not None for name in PUBLIC)


def test_importing_edgekit_imports_nothing_heavy() -> None:
    code = "import sys, edgekit; print([m for m in ('tensorflow', 'keras', 'numpy', 'click') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_every_module_imports_without_tensorflow_and_posix_modules() -> None:
    code = (
        "import importlib, pkgutil, sys\n"
        "for name in ('fcntl', 'termios', 'pty', 'tty', 'tensorflow', 'keras', 'tflite_micro', 'ai_edge_litert'):\n"
        "    sys.modules[name] = None\n"
        "import edgekit\n"
        "for module in pkgutil.walk_packages(edgekit.__path__, 'edgekit.'):\n"
        "    if not module.name.endswith('__main__'):\n"
        "        importlib.import_module(module.name)\n"
        "print('all')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "all", done.stderr


def test_the_version_is_the_same_everywhere() -> None:
    assert f'version = "{edgekit.__version__}"' in (ROOT / "pyproject.toml").read_text()
