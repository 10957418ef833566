# SPDX-License-Identifier: Apache-2.0
"""The MLPerf Tiny architectures with seeded random weights: the same shapes as the real models, for figures that must
hold everywhere (arena, instructions, bytes)."""

from __future__ import annotations

import math
from collections.abc import Callable

from flatbuffer_builder import ModelBuilder

from edgekit.tflite import TfliteModel


class Net(ModelBuilder):
    """Weights whose scales shrink with the filter's size, so that activations keep theirs through many layers."""

    def weight_factor(self, depth: int) -> float:
        return 0.8 / math.sqrt(depth)


def _separable(net: Net, x: int, channels: int, stride: int = 1) -> int:
    x = net.depthwise_conv_2d(x, kernel=3, stride=stride, activation="RELU")
    return net.conv_2d(x, channels, kernel=1, activation="RELU")


def ds_cnn() -> TfliteModel:
    """Keyword spotting: 49x10 MFCC, one 10x4 convolution, four separable ones of 64 channels, 12 classes."""
    net = Net(seed=11, name="ds_cnn")
    x = net.conv_2d(net.input((1, 49, 10, 1)), 64, kernel=(10, 4), stride=2, activation="RELU")
    for _ in range(4):
        x = _separable(net, x, 64)
    x = net.pool_2d("AVERAGE_POOL_2D", x, kernel=(25, 5), stride=(25, 5), padding="VALID")
    x = net.fully_connected(net.reshape(x, (1, 64)), 12)
    return net.tflite([net.softmax(x)])


def mobilenet() -> TfliteModel:
    """Person detection: MobileNetV1, width 0.25, on 96x96 grey images, 2 classes."""
    net = Net(seed=12, name="mobilenet")
    x = net.conv_2d(net.input((1, 96, 96, 1)), 8, kernel=3, stride=2, activation="RELU6")
    for channels, stride in (
        (16, 1),
        (32, 2),
        (32, 1),
        (64, 2),
        (64, 1),
        (128, 2),
        *[(128, 1)] * 5,
        (256, 2),
        (256, 1),
    ):
        x = _separable(net, x, channels, stride)
    x = net.pool_2d("AVERAGE_POOL_2D", x, kernel=3, stride=3, padding="VALID")
    x = net.conv_2d(x, 2, kernel=1)
    return net.tflite([net.softmax(net.reshape(x, (1, 2)))])


def autoencoder() -> TfliteModel:
    """Anomaly detection: 640 inputs, eight dense layers of 128 around one of 8, 640 outputs."""
    net = Net(seed=13, name="autoencoder")
    x = net.input((1, 640))
    for features in (128, 128, 128, 128, 8, 128, 128, 128, 128):
        x = net.fully_connected(x, features, activation="RELU")
    return net.tflite([net.fully_connected(x, 640)])


def resnet_8() -> TfliteModel:
    """Image classification: ResNet-8 on 32x32 RGB images, three residual blocks, 10 classes."""
    net = Net(seed=14, name="resnet_8")
    x = net.conv_2d(net.input((1, 32, 32, 3)), 16, kernel=3, activation="RELU")
    for channels, stride in ((16, 1), (32, 2), (64, 2)):
        y = net.conv_2d(x, channels, kernel=3, stride=stride, activation="RELU")
        y = net.conv_2d(y, channels, kernel=3)
        short = x if stride == 1 else net.conv_2d(x, channels, kernel=1, stride=stride)
        x = net.add(short, y, activation="RELU")
    x = net.pool_2d("AVERAGE_POOL_2D", x, kernel=8, stride=8, padding="VALID")
    return net.tflite([net.softmax(net.fully_connected(net.reshape(x, (1, 64)), 10))])


REFERENCE_NETS: dict[str, Callable[[], TfliteModel]] = {
    "ds_cnn": ds_cnn,
    "mobilenet": mobilenet,
    "autoencoder": autoencoder,
    "resnet_8": resnet_8,
}
