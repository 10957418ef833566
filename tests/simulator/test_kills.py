# SPDX-License-Identifier: Apache-2.0
"""kill -9 of edgekit or of any program that it runs, at any moment: the same command works the next time.

Processes are known by the folder for temporary files in their environment, which children inherit at any depth.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from flatbuffer_builder import ModelBuilder
from public_client import PublicClient

BOARD = "mps2-an386"
#: A program that was left alone may finish its file; then it must be gone.
GONE_S = 60.0

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")


def processes(scratch: Path) -> dict[int, str]:
    """Process -> name, of all that have `scratch` for their temporary files."""
    wanted = f"TMPDIR={scratch}\0".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (folder / "environ").read_bytes() + b"\0":
                found[int(folder.name)] = (folder / "comm").read_text().strip()
        except OSError:
            continue  # it ended while it was looked at
    return found


class Verb:
    """A command in a folder of its own, and what it gives when nobody kills anything."""

    def __init__(self, root: Path, args: list[object], result: Callable[[str], object] = str) -> None:
        self.root = root
        self.args = [str(word) for word in args]
        self.result = result
        start = time.monotonic()
        self.expected = self.succeed()
        self.seconds = time.monotonic() - start

    def begin(self) -> tuple[subprocess.Popen[str], Path]:
        scratch = Path(tempfile.mkdtemp(prefix="scratch-", dir=self.root))
        child = subprocess.Popen(
            [sys.executable, "-m", "edgekit", *self.args],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(scratch)},
        )  # fmt: skip
        return child, scratch

    def succeed(self) -> object:
        child, scratch = self.begin()
        out, err = child.communicate(timeout=300)
        assert child.returncode == 0, err
        assert not processes(scratch) and not list(scratch.iterdir())
        return self.result(out)

    def killed(self, draw: random.Random, fraction: float) -> str:
        """Run it, kill one of its processes after `fraction` of its time, and see it end; the name of the victim."""
        child, scratch = self.begin()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(fraction * self.seconds)
        alive = sorted(processes(scratch).items())
        if not alive:
            child.communicate(timeout=60)
            return "nobody"
        own = [each for each in alive if each[0] == child.pid]
        victim, name = draw.choice(own) if own and draw.random() < 0.4 else draw.choice(alive)
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            name = "nobody"
        name = "edgekit" if victim == child.pid else name
        self.let_it_end(child, name)
        self.see_the_end(child, scratch, edgekit_died=name == "edgekit")
        return name

    def let_it_end(self, child: subprocess.Popen[str], victim: str) -> None:
        """A command ends by itself."""

    def see_the_end(self, child: subprocess.Popen[str], scratch: Path, *, edgekit_died: bool) -> None:
        _, err = child.communicate(timeout=300)
        assert "Traceback" not in err, err
        end = time.monotonic() + GONE_S
        while left := processes(scratch):
            assert time.monotonic() < end, f"{left} live on"
            time.sleep(0.05)
        if not edgekit_died:
            assert child.returncode in (0, 1), err
            assert child.returncode == 0 or err.strip()
            assert not list(scratch.glob("edgekit-*"))  # a compiler that is killed leaves its own
        shutil.rmtree(scratch)


class Served(Verb):
    """`edgekit emulate`, which succeeds when a client gets its answer and Ctrl-C ends it."""

    def let_it_end(self, child: subprocess.Popen[str], victim: str) -> None:
        """Without its emulator it ends by itself; whoever else had done its work is not missed, and it goes on."""
        if victim == "edgekit" or victim.startswith("qemu"):
            return
        assert child.stdout is not None
        if child.stdout.readline():
            child.send_signal(signal.SIGINT)

    def succeed(self) -> object:
        child, scratch = self.begin()
        assert child.stdout is not None and child.stderr is not None
        try:
            port = child.stdout.readline().strip()
            assert port, child.stderr.read()
            client = PublicClient(port)
            answer = client.classify(bytes(192))
            client.close()
        finally:
            child.send_signal(signal.SIGINT)
            _, err = child.communicate(timeout=60)
        assert child.returncode == 0, err
        assert not processes(scratch) and not list(scratch.iterdir())
        return answer


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    builder = ModelBuilder(seed=3)
    y = builder.conv_2d(builder.input((1, 8, 8, 3), scale=0.02, zero_point=-5), 8, kernel=3, activation="RELU")
    y = builder.depthwise_conv_2d(y, kernel=3, activation="RELU6")
    y = builder.fully_connected(builder.reshape(y, (1, 512)), 4)
    path = tmp_path_factory.mktemp("model") / "classifier.tflite"
    path.write_bytes(builder.build(outputs=[builder.softmax(y)]))
    return path


def contents(folder: Path) -> dict[str, bytes]:
    """The generated files; what a build adds lies in build/."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.relative_to(folder).parts[0] != "build")
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def verb(name: str, root: Path, model: Path) -> Verb:
    project = root / "project"
    if name in ("bench", "deploy"):
        args = [name, model, "-b", BOARD, "--inputs", 3, "--jobs", 2, "-q", "--format", "json"]
        return Verb(root, args + (["--layers"] if name == "deploy" else []))
    if name == "emulate --link":
        return Served(root, ["emulate", BOARD, "--model", model, "--link", root / "port", "-q"])
    if name == "emulate --tcp":
        with socket.create_server(("127.0.0.1", 0)) as server:
            number = server.getsockname()[1]
        return Served(root, ["emulate", BOARD, "--model", model, "--tcp", number, "-q"])
    generate = Verb(root, ["generate", model, "-b", BOARD, "-o", project, "-q"], lambda out: contents(project))
    if name == "generate":
        return generate
    build = Verb(root, ["build", project, "-q", "--format", "json"])
    return build if name == "build" else Verb(root, ["flash", project, "--format", "json"], lambda out: out[:40])


def check_kills(name: str, root: Path, model: Path, seed: int, count: int) -> list[str]:
    draw = random.Random(seed)
    work = verb(name, root, model)
    victims = []
    for number in range(count):
        if name == "build":
            shutil.rmtree(root / "project" / "build", ignore_errors=True)
        if name == "generate":  # over an older generation that differs
            (root / "project" / "model" / "classifier.c").write_text("old")
        victims.append(work.killed(draw, (number + draw.random()) / count))
        assert work.succeed() == work.expected
    return victims


def test_a_kill_in_a_build_leaves_a_state_from_which_it_works(tmp_path: Path, model: Path) -> None:
    assert check_kills("build", tmp_path, model, seed=11, count=1) != ["nobody"]


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", ["bench", "deploy", "generate", "build", "flash", "emulate --link", "emulate --tcp"])
def test_kills_at_many_moments(name: str, seed: int, tmp_path: Path, model: Path) -> None:
    victims = check_kills(name, tmp_path, model, seed, 6)
    print(name, victims)
    assert victims.count("nobody") < len(victims)
