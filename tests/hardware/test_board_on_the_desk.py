# SPDX-License-Identifier: Apache-2.0
"""The contract of a device, on a real board."""

from __future__ import annotations

import pytest
from standin_model import CRASH, FAIL, OVERFLOW, expected_output

from edgekit.device import Device
from edgekit.errors import DeviceCrashedError, DeviceError
from edgekit.firmware import FirmwareImage


def sample(number: int) -> bytes:
    return bytes((3 * i + number) & 0x3F for i in range(490))


def test_samples_give_their_outputs(device: Device) -> None:
    assert list(device.stream([sample(i)] for i in range(50))) == [[expected_output(sample(i))] for i in range(50)]


def test_times_are_alike_and_memory_is_as_linked(device: Device, image: FirmwareImage) -> None:
    device.infer([sample(0)])
    ticks = device.measure(9, warmups=1)
    assert min(ticks) > 0 and max(ticks) < 1.1 * min(ticks)
    ram = device.ram()
    assert ram.static_bytes == image.memory.static_ram_bytes
    assert 64 < ram.stack_peak_bytes < ram.stack_bytes == image.memory.stack_bytes


def test_a_failing_inference_is_an_error_and_no_restart(device: Device) -> None:
    boots = device.boot()[0]
    with pytest.raises(DeviceError, match="Inference failed with status 7"):
        device.infer([bytes([FAIL]) + sample(0)[1:]])
    assert device.infer([sample(1)]) == [expected_output(sample(1))]
    assert device.boot()[0] == boots


@pytest.mark.parametrize(("first", "said"), [(CRASH, "crashed"), (OVERFLOW, "the stack overflowed")])
def test_a_crash_is_told_and_the_board_comes_back(device: Device, first: int, said: str) -> None:
    boots = device.boot()[0]
    with pytest.raises(DeviceCrashedError, match=said):
        device.infer([bytes([first]) + sample(0)[1:]])
    assert device.infer([sample(2)]) == [expected_output(sample(2))]
    assert device.boot() == (boots + 1, "fault")


def test_a_reset_finds_the_board_again(device: Device) -> None:
    boots = device.boot()[0]
    device.reset()
    assert device.boot()[0] > boots
    assert device.infer([sample(3)]) == [expected_output(sample(3))]
