# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from edgekit.cli.generate import generate
from edgekit.codegen.cores import CORE_ARCH, choose_arch
from edgekit.errors import UsageError
from edgekit.resources import kernels_dir


@pytest.mark.parametrize("core", CORE_ARCH)
def test_every_core_has_an_arch_folder_and_runs_portable_kernels(core: str) -> None:
    assert (kernels_dir() / "arch" / choose_arch(core, "auto")).is_dir()
    assert choose_arch(core, "portable") == "portable"


def test_unknown_core_names_the_known_ones() -> None:
    with pytest.raises(UsageError, match="unknown core 'z80'; edgekit knows cortex-m0, "):
        choose_arch("z80", "auto")


def test_arch_of_another_core_is_refused() -> None:
    with pytest.raises(UsageError, match="cortex-m0 has no kernels 'helium'; --arch may be auto, portable"):
        choose_arch("cortex-m0", "helium")


def test_a_core_runs_the_kernels_of_its_other_extension() -> None:
    assert choose_arch("cortex-m55", "cortex_m_dsp") == "cortex_m_dsp"
    with pytest.raises(UsageError, match="--arch may be auto, cortex_m_dsp, helium, portable"):
        choose_arch("cortex-m55", "neon")


def test_the_command_line_offers_every_arch() -> None:
    offered = next(option.type for option in generate.params if option.name == "arch")
    assert set(offered.choices) == {"auto", *CORE_ARCH.values()}  # type: ignore[attr-defined]
