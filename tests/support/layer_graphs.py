# SPDX-License-Identifier: Apache-2.0
"""Layer graphs as plain data, for tests that run without Keras."""

from __future__ import annotations

from typing import Any

import numpy as np

from edgekit.convert.keras_graph import Layer, LayerGraph, Node, Ref


class GraphBuilder:
    """Builds a LayerGraph call by call; methods return tensor numbers."""

    def __init__(self, *shapes: tuple[int, ...], seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        self.layers: dict[str, Layer] = {}
        self.nodes: list[Node] = []
        self.shapes: dict[int, tuple[int | None, ...]] = {}
        self.inputs = [self._tensor(shape) for shape in shapes]

    def _tensor(self, shape: tuple[int, ...]) -> int:
        self.shapes[len(self.shapes)] = (None, *shape)
        return len(self.shapes) - 1

    def call(
        self,
        kind: str,
        name: str,
        *sources: int,
        shape: tuple[int, ...] | None = None,
        weights: dict[str, np.ndarray] | None = None,
        **config: Any,
    ) -> int:
        result = self._tensor(tuple(self.shapes[sources[0]][1:]) if shape is None else shape)  # type: ignore[arg-type]
        self.layers.setdefault(name, Layer(name, kind, {"name": name, **config}, weights or {}))
        refs = tuple(Ref(source) for source in sources)
        args = (refs[0],) if len(refs) == 1 else (list(refs),)
        taken = sum(node.layer == name for node in self.nodes)
        self.nodes.append(Node(name if not taken else f"{name}_{taken + 1}", name, sources, (result,), args))
        return result

    def conv(self, name: str, source: int, filters: int, size: int = 3, **config: Any) -> int:
        rows, columns, channels = self.shapes[source][1:]
        kernel = self.random.normal(size=(size, size, channels, filters)).astype(np.float32)
        bias = self.random.normal(size=filters).astype(np.float32)
        settings = {"filters": filters, "kernel_size": (size, size), "strides": (1, 1), "padding": "same"}
        settings |= {"use_bias": True, "activation": "linear", "groups": 1, "data_format": "channels_last"}
        weights = {"kernel": kernel, "bias": bias}
        return self.call(
            "Conv2D", name, source, shape=(rows, columns, filters), weights=weights, **{**settings, **config}
        )

    def depthwise(self, name: str, source: int, multiplier: int = 1) -> int:
        rows, columns, channels = self.shapes[source][1:]
        assert channels is not None
        weights = {
            "kernel": self.random.normal(size=(3, 3, channels, multiplier)).astype(np.float32),
            "bias": self.random.normal(size=channels * multiplier).astype(np.float32),
        }
        config = {"kernel_size": (3, 3), "strides": (1, 1), "padding": "same", "use_bias": True}
        config |= {"activation": "linear", "depth_multiplier": multiplier}
        shape = (rows, columns, channels * multiplier)
        return self.call("DepthwiseConv2D", name, source, shape=shape, weights=weights, **config)

    def dense(self, name: str, source: int, units: int) -> int:
        *front, channels = self.shapes[source][1:]
        weights = {
            "kernel": self.random.normal(size=(channels, units)).astype(np.float32),
            "bias": self.random.normal(size=units).astype(np.float32),
        }
        config = {"units": units, "use_bias": True, "activation": "linear"}
        return self.call("Dense", name, source, shape=(*front, units), weights=weights, **config)

    def batchnorm(self, name: str, source: int) -> int:
        channels = self.shapes[source][-1]
        weights = {
            "gamma": self.random.uniform(0.5, 1.5, channels).astype(np.float32),
            "beta": self.random.normal(size=channels).astype(np.float32),
            "moving_mean": self.random.normal(size=channels).astype(np.float32),
            "moving_variance": self.random.uniform(0.5, 1.5, channels).astype(np.float32),
        }
        return self.call("BatchNormalization", name, source, weights=weights, epsilon=1e-3)

    def relu(self, name: str, source: int, max_value: float | None = None) -> int:
        return self.call("ReLU", name, source, max_value=max_value, negative_slope=0.0, threshold=0.0)

    def flatten(self, name: str, source: int) -> int:
        size = int(np.prod([n or 1 for n in self.shapes[source][1:]]))
        return self.call("Flatten", name, source, shape=(size,))

    def build(self, *outputs: int) -> LayerGraph:
        return LayerGraph(
            name="net",
            layers=self.layers,
            nodes=tuple(self.nodes),
            inputs=tuple(self.inputs),
            input_names=tuple(f"in{index}" for index in range(len(self.inputs))),
            outputs=outputs,
            shapes=self.shapes,
            dtypes=dict.fromkeys(self.shapes, "float32"),
        )
