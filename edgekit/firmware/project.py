# SPDX-License-Identifier: Apache-2.0
"""GeneratedModel + Board -> a C project that builds without edgekit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from edgekit import __version__
from edgekit.boards import Board
from edgekit.codegen.generated import GeneratedModel, Objective, Port
from edgekit.errors import UsageError
from edgekit.firmware.adapters import choose_adapter
from edgekit.firmware.headers import config_header, memory_script, model_header
from edgekit.firmware.staging import write_folder
from edgekit.firmware.templates import TemplateFiles, collect_template, read_project_template
from edgekit.firmware.toolchain import TARGETS, ToolchainName

FIRMWARE_FLAGS = ("-Os",)
#: What the linker scripts of the templates leave to the board's facts.
_MEMORY = "/* memory */\n"
_MODEL_FLAGS: dict[Objective, tuple[str, ...]] = {"speed": ("-O2",), "size": ("-Os",), "ram": ("-O2",)}


def model_flags(optimize: Objective) -> tuple[str, ...]:
    """The optimization flags of model and kernels."""
    return _MODEL_FLAGS[optimize]


def write_project(
    model: GeneratedModel,
    board: Board,
    directory: Path,
    *,
    labels: Sequence[str] | None = None,
    toolchain: ToolchainName = "gcc",
) -> None:
    """Write the project of `model` for `board` into `directory`, whole or not at all. `toolchain` is the one that it
    builds with where none is named.

    Raises UsageError for a folder that holds something else, or a model made for another core.
    """
    if model.core != board.core:
        raise UsageError(f"{model.name} was generated for {model.core}, but {board.id} is a {board.core}")
    write_folder(directory, project_files(model, board, toolchain), _facts(model, board, labels, toolchain))


def project_files(model: GeneratedModel, board: Board, toolchain: ToolchainName = "gcc") -> dict[str, str]:
    """Path in the project -> text, without the manifest edgekit.json."""
    adapter = choose_adapter(model)
    template = collect_template(board, adapter.source)
    return {
        "CMakeLists.txt": _cmake_lists(model, board, template),
        "CMakePresets.json": read_project_template("CMakePresets.json"),
        "README.md": _fill(
            "README.md.in",
            MODEL=model.name,
            BOARD=board.id,
            VERSION=__version__,
            PREFIX=TARGETS[board.core].toolchain.prefixes[0],
            BAUD=str(board.serial.baud),
        ),
        "toolchain.cmake": _fill(
            "toolchain.cmake.in",
            CORE=board.core,
            PROCESSOR=TARGETS[board.core].toolchain.processor,
            PREFIX=TARGETS[board.core].toolchain.prefixes[0],
            TOOLCHAIN=toolchain,
            GCC_FLAGS=" ".join(TARGETS[board.core].flags),
            ZIG_FLAGS=" ".join(TARGETS[board.core].zig),
        ),
        **{f"model/{path}": text for path, text in model.files.items()},
        **template.files,
        "firmware/ek_config.h": config_header(board),
        "firmware/ek_model.h": model_header(model, adapter),
        "firmware/link.ld": template.files["firmware/link.ld"].replace(_MEMORY, memory_script(board)),
    }


def _cmake_lists(model: GeneratedModel, board: Board, template: TemplateFiles) -> str:
    profile = [f"{model.name}_profile.c" if source == f"{model.name}.c" else source for source in model.sources]
    return _fill(
        "CMakeLists.txt.in",
        MODEL=model.name,
        BOARD=board.id,
        VERSION=__version__,
        MODEL_SOURCES=_lines((f"model/{path}" for path in model.sources), indent=4),
        PROFILE_SOURCES=_lines((f"model/{path}" for path in profile), indent=4),
        INCLUDES=_lines((_include_option(folder) for folder in _include_folders(model.files)), indent=2),
        MODEL_FLAGS=" ".join(model_flags(model.optimize)),
        FIRMWARE_SOURCES=_lines(template.sources, indent=2),
        FIRMWARE_FLAGS=" ".join(FIRMWARE_FLAGS),
    )


def _include_folders(files: Iterable[str]) -> list[str]:
    """The folders with headers; a core's own inner loops stand before the portable ones."""
    folders = {(PurePosixPath("model") / path).parent.as_posix() for path in files if path.endswith(".h")}
    return sorted(folders, key=lambda folder: (folder.endswith("/portable"), folder))


def _include_option(folder: str) -> str:
    return f'"-iquote${{CMAKE_CURRENT_LIST_DIR}}/{folder}"'


def _fill(template: str, **values: str) -> str:
    """The text of `template` with @KEY@ replaced, in one pass: a value is never searched again."""
    parts = read_project_template(template).split("@")
    return "".join(values.get(part, "@" + part + "@") if index % 2 else part for index, part in enumerate(parts))


def _lines(paths: Iterable[str], *, indent: int) -> str:
    return "\n".join(" " * indent + path for path in paths)


def _facts(
    model: GeneratedModel, board: Board, labels: Sequence[str] | None, toolchain: ToolchainName
) -> dict[str, Any]:
    return {
        "edgekit_version": __version__,
        "board": board.id,
        "core": board.core,
        "toolchain": toolchain,
        "engine": model.engine,
        "optimize": model.optimize,
        "model": {
            "name": model.name,
            "sha256": model.model_sha256,
            "inputs": [_port(port) for port in model.inputs],
            "outputs": [_port(port) for port in model.outputs],
            "labels": None if labels is None else list(labels),
            "layers": [{"op": call.kind, "name": call.name, "macs": call.macs} for call in model.kernels],
            "macs": model.macs,
            "arena_bytes": model.arena_bytes,
            "weight_bytes": model.weight_bytes,
        },
    }


def _port(port: Port) -> dict[str, Any]:
    return {
        "name": port.name,
        "shape": list(port.shape),
        "dtype": port.dtype,
        "bytes": port.size_bytes,
        "scale": port.scale,
        "zero_point": port.zero_point,
    }
