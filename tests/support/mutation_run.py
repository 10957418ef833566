# SPDX-License-Identifier: Apache-2.0
"""A program that imports many damaged files, with bounded memory and time for each: `mutation_run.py SEED COUNT WHERE`.

Prints what became of them as JSON. WHERE is a file that holds the number of the case at hand, for a crash.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from types import FrameType
from typing import NoReturn

from mutations import Places, mutated, places_of
from random_models import random_model

from edgekit.codegen import generate_model
from edgekit.errors import EdgekitError, MalformedModelError, UnsupportedOpError
from edgekit.importer import import_tflite
from edgekit.ir.graph import Graph
from edgekit.ir.verify import verify
from edgekit.passes import run_passes
from edgekit.planner import plan_memory
from edgekit.tflite import TfliteModel

MOST_MEMORY_BYTES = 2 << 30
MOST_SECONDS = 20
MODELS = 40
#: One in so many of the files that are still models is also generated: that takes longer than all the rest.
GENERATED = 8


@cache
def sound(number: int) -> tuple[bytes, Places]:
    # Every fourth is in float32.
    content = random_model(1000 + number, most_ops=3, dtype="int8" if number % 4 else "float32").content
    return content, places_of(content)


def damaged(seed: int, case: int) -> TfliteModel:
    """Case `case` of `seed`, the same on every machine."""
    draw = random.Random(f"{seed}:{case}")
    return TfliteModel("damaged", mutated(*sound(draw.randrange(MODELS)), draw))


def become(model: TfliteModel, generate: bool) -> tuple[str, Graph | None]:
    """What becomes of a file, and its graph where it is still a model. Anything but an error for the user is raised."""
    try:
        graph = import_tflite(model)
    except (MalformedModelError, UnsupportedOpError) as error:
        assert "\n" not in str(error) and len(str(error)) < 20_000
        return type(error).__name__, None
    verify(graph)
    optimized = run_passes(graph)
    plan_memory(optimized, {})
    if not generate:
        return "imported", graph
    try:
        generate_model(optimized, name="damaged", core="cortex-m4f", model_sha256=model.sha256)
    except EdgekitError as error:
        return f"refused: {type(error).__name__}", graph
    return "generated", graph


def bound_memory() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))


def main(seed: int, count: int, where: Path) -> None:
    def too_long(number: int, frame: FrameType | None) -> NoReturn:
        raise TimeoutError

    signal.signal(signal.SIGALRM, too_long)
    bound_memory()
    handle = os.open(where, os.O_WRONLY | os.O_CREAT)
    ends: Counter[str] = Counter()
    for case in range(count):
        os.pwrite(handle, f"{case:9}".encode(), 0)
        signal.alarm(MOST_SECONDS)
        end, _ = become(damaged(seed, case), generate=case % GENERATED == 0)
        ends[end] += 1
    signal.alarm(0)
    print(json.dumps(ends))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
