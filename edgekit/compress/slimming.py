# SPDX-License-Identifier: Apache-2.0
"""slim where available"""

from __future__ import annotations

from edgekit.tflite import TfliteModel


def slimmed(model: TfliteModel) -> TfliteModel:
    try:
        from edgekit.convert.slim import slim
    except ImportError:
        return model
    return slim(model)
