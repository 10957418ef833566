# SPDX-License-Identifier: Apache-2.0
"""The kernel sources that a model needs, for one arch folder."""

from __future__ import annotations

import re
from collections.abc import Iterable

from edgekit.resources import kernels_dir

_INCLUDE = re.compile(r'^#include "(\w+\.h)"', re.MULTILINE)


def kernel_files(names: Iterable[str], arch: str) -> dict[str, str]:
    """File name -> text of `names` and all that they include, in alphabetical order.

    A file in `arch/<arch>` goes before one of the same name beside the kernels, and that before one in `arch/portable`.
    """
    texts: dict[str, str] = {}
    wanted = sorted(set(names))
    while wanted:
        name = wanted.pop()
        if name not in texts:
            texts[name] = _read(name, arch)
            wanted += _INCLUDE.findall(texts[name])
    return dict(sorted(texts.items()))


def _read(name: str, arch: str) -> str:
    root = kernels_dir()
    candidates = (root / "arch" / arch / name, root / name, root / "arch" / "portable" / name)
    found = next((path for path in candidates if path.is_file()), candidates[1])
    return found.read_text(encoding="utf-8")
