# SPDX-License-Identifier: Apache-2.0
"""A hang is reported with the layer where it stopped, and the board is usable again."""

from __future__ import annotations

import functools
from dataclasses import replace

import pytest
from flatbuffer_builder import ModelBuilder
from standin_model import HANG, expected_output

from edgekit.benchmark import session
from edgekit.benchmark.session import Settings, bench
from edgekit.boards import Board, load_board
from edgekit.codegen.generated import GeneratedModel
from edgekit.device import open_device
from edgekit.errors import DeviceSilentError
from edgekit.tflite import TfliteModel

SAMPLE = bytes((3 * i) & 0x3F for i in range(490))


def test_the_profile_build_says_the_layer_and_is_reset(board: Board, build) -> None:  # type: ignore[no-untyped-def]
    with open_device(board, build(misbehaves=True, profile=True), inference_timeout_s=3.0) as device:
        with pytest.raises(DeviceSilentError, match=r"layer 0 of 2 \(counted from 0\) does not end"):
            device.layers([bytes([HANG]) + SAMPLE[1:]])
        assert len(device.layers([SAMPLE])) == 2
        assert device.infer([SAMPLE]) == [expected_output(SAMPLE)]
        assert device.boot() == (2, "external")


def test_a_benchmark_that_hangs_names_the_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = ModelBuilder(seed=5)
    x = builder.input((1, 4, 4, 2))
    y = builder.conv_2d(x, 4, kernel=3, activation="RELU")
    y = builder.fully_connected(builder.reshape(y, (1, 64)), 3)
    model = TfliteModel("hanging", builder.build(outputs=[builder.softmax(y)]))
    generate = session.generate

    def hanging(*args: object) -> GeneratedModel:
        made = generate(*args)  # type: ignore[arg-type]
        name = next(path for path in made.files if path.endswith("ek_softmax_s8.c"))
        head, brace, body = made.files[name].rpartition("\n{\n")
        return replace(
            made, files={**made.files, name: head + brace + '    for (;;) { __asm__ volatile(""); }\n' + body}
        )

    monkeypatch.setattr(session, "generate", hanging)
    monkeypatch.setattr(session, "open_device", functools.partial(open_device, inference_timeout_s=4.0))
    with pytest.raises(DeviceSilentError, match=r"it hangs in layer 3, SOFTMAX"):
        bench(model, load_board("mps2-an386"), settings=Settings(inputs=1))
