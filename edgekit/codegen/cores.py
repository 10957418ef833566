# SPDX-License-Identifier: Apache-2.0
"""Which arch folder of the kernels a core runs."""

from __future__ import annotations

from edgekit.errors import UsageError

#: Core -> the folder in kernels/arch that `--arch auto` takes.
CORE_ARCH = {
    "cortex-m0": "portable",
    "cortex-m0plus": "portable",
    "cortex-m3": "portable",
    "cortex-m4": "cortex_m_dsp",
    "cortex-m4f": "cortex_m_dsp",
    "cortex-m7": "cortex_m_dsp",
    "cortex-m33": "cortex_m_dsp",
    "cortex-m55": "helium",
    "rv32imc": "portable",
}

#: Core -> further folders that it runs: those of the extensions that it has too.
_ALSO = {"cortex-m55": ("cortex_m_dsp",)}


def choose_arch(core: str, arch: str) -> str:
    """The arch folder for `core`: its own for "auto", else `arch` if the core can run it."""
    if core not in CORE_ARCH:
        raise UsageError(f"unknown core '{core}'; edgekit knows {', '.join(CORE_ARCH)}")
    if arch == "auto":
        return CORE_ARCH[core]
    allowed = sorted({"portable", CORE_ARCH[core], *_ALSO.get(core, ())})
    if arch not in allowed:
        raise UsageError(f"{core} has no kernels '{arch}'; --arch may be auto, {', '.join(allowed)}")
    return arch
