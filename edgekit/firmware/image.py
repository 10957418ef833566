# SPDX-License-Identifier: Apache-2.0
"""A built firmware, ready to be flashed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from edgekit.boards import Core
from edgekit.firmware.sections import SectionSizes


@dataclass(frozen=True, slots=True)
class FirmwareImage:
    """`profile` is True for the build that steps layer by layer, `energy` for the one that marks time on a pin. `flags`
    are those that the model was compiled with."""

    board_id: str
    core: Core
    engine: str
    model_name: str
    model_sha256: str
    profile: bool
    elf: Path
    binary: Path
    memory: SectionSizes
    compiler: str
    flags: str
    energy: bool = False

    @property
    def build(self) -> str:
        """The word that the firmware has for its kind of build."""
        return "profile" if self.profile else "energy" if self.energy else "measured"
