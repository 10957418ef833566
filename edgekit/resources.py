# SPDX-License-Identifier: Apache-2.0
"""Finds the data that edgekit ships: boards/, firmware_templates/ and kernels/.

In a checkout they stand beside the package; in an installed wheel boards/ and firmware_templates/ lie in
`edgekit/_data/`. A checkout wins, so that an edit takes effect at once.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _shipped(name: str) -> Path:
    checkout = _PACKAGE.parent / name
    if checkout.is_dir() and (_PACKAGE.parent / "pyproject.toml").is_file():
        return checkout
    return _PACKAGE / "_data" / name


def boards_dir() -> Path:
    """The folder of the shipped board files."""
    return _shipped("boards")


def firmware_templates_dir() -> Path:
    """The folder of the firmware templates."""
    return _shipped("firmware_templates")


def kernels_dir() -> Path:
    """The folder of the C kernels."""
    return _PACKAGE / "kernels"
