# SPDX-License-Identifier: Apache-2.0
"""Puts the inputs and outputs of a converted model into the Keras model's order.

The converter orders several of them as it likes; its signature says which is which.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from edgekit.importer.reader import FlatBuffer, Table

_SUBGRAPHS, _SIGNATURES = 2, 7
_INPUTS, _OUTPUTS = 1, 2
_SIGNATURE_INPUTS, _SIGNATURE_OUTPUTS = 0, 1
_MAP_NAME, _MAP_TENSOR = 0, 1


def keep_order(content: bytes, inputs: Sequence[str], outputs: Sequence[str]) -> bytes:
    """The same model with the first subgraph's inputs and outputs in the order of these signature names."""
    root = FlatBuffer(content).root()
    signatures = root.tables(_SIGNATURES, "signatures", 1000)
    if not signatures:
        return content
    subgraph = root.tables(_SUBGRAPHS, "subgraphs", 1000)[0]
    patched = bytearray(content)
    _reorder(patched, subgraph, _INPUTS, signatures[0], _SIGNATURE_INPUTS, inputs)
    _reorder(patched, subgraph, _OUTPUTS, signatures[0], _SIGNATURE_OUTPUTS, outputs)
    return bytes(patched)


def _reorder(
    patched: bytearray, subgraph: Table, field: int, signature: Table, mapped: int, names: Sequence[str]
) -> None:
    found = subgraph.array(field, "int32", "inputs and outputs")
    extent = subgraph.extent(field, 4, "inputs and outputs")
    entries = signature.tables(mapped, "signature entries", 10_000)
    tensors = {entry.text(_MAP_NAME, "a name"): entry.integer(_MAP_TENSOR, "uint32") for entry in entries}
    wanted = [tensors[name] for name in names if name in tensors]
    if found is None or extent is None or sorted(wanted) != sorted(int(index) for index in found):
        return
    struct.pack_into(f"<{len(wanted)}i", patched, extent[0], *wanted)
