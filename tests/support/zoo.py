# SPDX-License-Identifier: Apache-2.0
"""Small Keras models with seeded weights that have the shape of real architectures.

`python zoo.py FOLDER [NAME...]` converts them (all of them without names) to FOLDER/<name>.tflite, in one process.
A model that TensorFlow's converter refuses leaves FOLDER/<name>.txt with the reason.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

MODELS: dict[str, Callable[[], Any]] = {}
SAMPLES = 16


def model(function: Callable[[], Any]) -> Callable[[], Any]:
    MODELS[function.__name__] = function
    return function


def _layers() -> Any:
    import keras

    return keras.layers


def _input(*shape: int, name: str = "x") -> Any:
    import keras

    return keras.Input(shape, name=name)


def _model(inputs: Any, outputs: Any) -> Any:
    import keras

    return keras.Model(inputs, outputs)


def _conv(x: Any, filters: int, size: int = 3, stride: int = 1, activation: Any = "relu", groups: int = 1) -> Any:
    """Convolution, batch normalization, activation."""
    layers = _layers()
    x = layers.Conv2D(filters, size, stride, "same", use_bias=False, groups=groups)(x)
    x = layers.BatchNormalization()(x)
    return layers.Activation(activation)(x) if activation else x


def _depthwise(x: Any, stride: int = 1, size: int = 3, activation: Any = "relu") -> Any:
    layers = _layers()
    x = layers.DepthwiseConv2D(size, stride, "same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.Activation(activation)(x) if activation else x


def _classify(x: Any, classes: int = 5) -> Any:
    layers = _layers()
    return layers.Dense(classes, activation="softmax")(layers.GlobalAveragePooling2D()(x))


@model
def ds_cnn() -> Any:
    x = inputs = _input(25, 5, 1)
    x = _conv(x, 16, (10, 4), 2)
    for _ in range(2):
        x = _conv(_depthwise(x), 16, 1)
    return _model(inputs, _classify(_layers().Dropout(0.2)(x), 12))


@model
def mobilenet_v1() -> Any:
    x = inputs = _input(24, 24, 3)
    x = _conv(x, 8, 3, 2, "relu6")
    for filters, stride in ((16, 1), (24, 2), (24, 1), (32, 2)):
        x = _conv(_depthwise(x, stride, activation="relu6"), filters, 1, activation="relu6")
    return _model(inputs, _classify(x))


def _inverted_residual(x: Any, filters: int, stride: int, activation: str, squeeze: bool = False) -> Any:
    layers = _layers()
    before, channels = x, x.shape[-1]
    x = _conv(x, 3 * channels, 1, activation=activation)
    x = _depthwise(x, stride, activation=activation)
    if squeeze:
        x = _squeeze_excite(x, "hard_sigmoid")
    x = _conv(x, filters, 1, activation=None)
    return layers.Add()([before, x]) if stride == 1 and filters == channels else x


@model
def mobilenet_v2() -> Any:
    x = inputs = _input(24, 24, 3)
    x = _conv(x, 8, 3, 2, "relu6")
    for filters, stride in ((8, 1), (12, 2), (12, 1)):
        x = _inverted_residual(x, filters, stride, "relu6")
    return _model(inputs, _classify(_conv(x, 32, 1, activation="relu6")))


@model
def mobilenet_v3() -> Any:
    x = inputs = _input(24, 24, 3)
    x = _conv(x, 8, 3, 2, "hard_swish")
    for filters, stride, activation in ((8, 1, "relu"), (12, 2, "hard_swish"), (12, 1, "hard_swish")):
        x = _inverted_residual(x, filters, stride, activation, squeeze=True)
    return _model(inputs, _classify(x))


@model
def resnet_8() -> Any:
    layers = _layers()
    x = inputs = _input(16, 16, 3)
    x = _conv(x, 8)
    for filters, stride in ((8, 1), (16, 2), (24, 2)):
        short = x if stride == 1 else layers.Conv2D(filters, 1, stride)(x)
        x = _conv(_conv(x, filters, 3, stride), filters, activation=None)
        x = layers.ReLU()(layers.Add()([short, x]))
    x = layers.Flatten()(layers.AveragePooling2D(4)(x))
    return _model(inputs, layers.Dense(10, activation="softmax")(x))


@model
def u_net() -> Any:
    layers = _layers()
    inputs = _input(16, 16, 2)
    first = _conv(inputs, 8)
    second = _conv(layers.MaxPooling2D()(first), 12)
    x = _conv(layers.MaxPooling2D()(second), 16)
    x = layers.Conv2DTranspose(12, 2, 2, "same", activation="relu")(x)
    x = _conv(layers.Concatenate()([x, second]), 12)
    x = layers.Conv2DTranspose(8, 3, 2, "same", activation="relu")(x)
    x = _conv(layers.Concatenate()([x, first]), 8)
    return _model(inputs, layers.Conv2D(1, 1, activation="sigmoid")(x))


def _squeeze_excite(x: Any, gate: str = "sigmoid") -> Any:
    layers = _layers()
    channels = x.shape[-1]
    weights = layers.GlobalAveragePooling2D(keepdims=True)(x)
    weights = layers.Conv2D(max(2, channels // 4), 1, activation="relu")(weights)
    return layers.Multiply()([x, layers.Conv2D(channels, 1, activation=gate)(weights)])


@model
def squeeze_and_excite() -> Any:
    x = inputs = _input(12, 12, 3)
    for filters in (8, 16):
        x = _squeeze_excite(_conv(x, filters, 3, 2))
    return _model(inputs, _classify(x))


@model
def cnn_1d() -> Any:
    layers = _layers()
    x = inputs = _input(64, 3)
    for filters in (8, 16):
        x = layers.Conv1D(filters, 5, padding="same", activation="relu")(x)
        x = layers.MaxPooling1D(2)(x)
    x = layers.GlobalAveragePooling1D()(x)
    return _model(inputs, layers.Dense(4, activation="softmax")(x))


@model
def tcn() -> Any:
    layers = _layers()
    x = inputs = _input(48, 4)
    x = layers.Conv1D(8, 1)(x)
    for dilation in (1, 2, 4):
        y = layers.Conv1D(8, 3, padding="causal", dilation_rate=dilation, activation="relu")(x)
        y = layers.Conv1D(8, 3, padding="causal", dilation_rate=dilation)(y)
        x = layers.ReLU()(layers.Add()([x, y]))
    return _model(inputs, layers.Dense(3)(layers.GlobalAveragePooling1D()(x)))


@model
def dense_autoencoder() -> Any:
    layers = _layers()
    x = inputs = _input(64)
    for units in (32, 8, 32):
        x = layers.ReLU()(layers.BatchNormalization()(layers.Dense(units)(x)))
    return _model(inputs, layers.Dense(64)(x))


@model
def convolutional_autoencoder() -> Any:
    layers = _layers()
    x = inputs = _input(16, 16, 1)
    for filters in (8, 12):
        x = layers.MaxPooling2D()(_conv(x, filters))
    for filters in (12, 8):
        x = layers.UpSampling2D(2)(_conv(x, filters))
    return _model(inputs, layers.Conv2D(1, 3, padding="same", activation="sigmoid")(x))


@model
def bilinear_decoder() -> Any:
    layers = _layers()
    x = inputs = _input(8, 8, 4)
    x = layers.UpSampling2D(2, interpolation="bilinear")(_conv(x, 8, 3, 2))
    x = layers.UpSampling2D((3, 2), interpolation="bilinear")(_conv(x, 6))
    return _model(inputs, layers.Conv2D(2, 1, activation="softmax")(x))


@model
def attention() -> Any:
    layers = _layers()
    x = inputs = _input(12, 8)
    query, key, value = (layers.Dense(8)(x) for _ in range(3))
    scores = layers.Softmax()(layers.Dot((2, 2))([query, key]))
    x = layers.Add()([x, layers.Dot((2, 1))([scores, value])])
    x = layers.Dense(8)(layers.Dense(16, activation="relu")(x))
    return _model(inputs, layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling1D()(x)))


@model
def several_inputs() -> Any:
    layers = _layers()
    image, context = _input(12, 12, 3, name="image"), _input(6, name="context")
    features = layers.Flatten()(_conv(_conv(image, 8, 3, 2), 4, 3, 2))
    hidden = layers.Dense(8, activation="relu")(context)
    x = layers.Concatenate()([features, hidden])
    return _model([image, context], layers.Dense(4, activation="softmax")(x))


@model
def several_outputs() -> Any:
    layers = _layers()
    inputs = _input(16, 16, 3)
    x = _conv(_conv(inputs, 8, 3, 2), 12, 3, 2)
    boxes = layers.Reshape((-1, 4))(layers.Conv2D(8, 3, padding="same")(x))
    classes = layers.Softmax()(layers.Reshape((-1, 3))(layers.Conv2D(6, 3, padding="same")(x)))
    return _model(inputs, [boxes, classes, layers.Dense(1, activation="tanh")(layers.Flatten()(x))])


@model
def leaky_activations() -> Any:
    layers = _layers()
    x = inputs = _input(12, 12, 3)
    x = layers.LeakyReLU(0.1)(layers.Conv2D(8, 3)(x))
    x = layers.PReLU(shared_axes=(1, 2), alpha_initializer="glorot_uniform")(layers.Conv2D(8, 3)(x))
    return _model(inputs, layers.Dense(4, activation="tanh")(layers.Flatten()(x)))


@model
def pixel_shuffle() -> Any:
    """Super-resolution: channels become pixels."""
    layers = _layers()
    x = inputs = _input(6, 6, 1)
    x = layers.Conv2D(4, 3, padding="same")(_conv(x, 8))
    x = layers.Permute((1, 3, 2, 4))(layers.Reshape((6, 6, 2, 2))(x))
    return _model(inputs, layers.Reshape((12, 12, 1))(x))


@model
def shuffle_net() -> Any:
    """Channels are split, one half is convolved, both are joined and shuffled."""
    layers = _layers()
    x = inputs = _input(12, 12, 3)
    x = _conv(x, 8, 3, 2)
    for _ in range(2):
        left, right = x[..., :4], x[..., 4:]
        right = _conv(_depthwise(_conv(right, 4, 1), activation=None), 4, 1)
        x = layers.Reshape((6, 6, 2, 4))(layers.Concatenate()([left, right]))
        x = layers.Reshape((6, 6, 8))(layers.Permute((1, 2, 4, 3))(x))
    return _model(inputs, _classify(x))


@model
def grouped_convolutions() -> Any:
    x = inputs = _input(12, 12, 4)
    x = _conv(_conv(x, 8, groups=2), 8, stride=2, groups=4)
    return _model(inputs, _classify(x))


@model
def dense_net() -> Any:
    layers = _layers()
    x = inputs = _input(12, 12, 3)
    x = _conv(x, 8)
    for _ in range(3):
        x = layers.Concatenate()([x, _conv(x, 4)])
    x = layers.AveragePooling2D(2)(_conv(x, 10, 1))
    return _model(inputs, _classify(x))


@model
def inception() -> Any:
    layers = _layers()
    x = inputs = _input(12, 12, 3)
    x = _conv(x, 8, 3, 2)
    pooled = layers.MaxPooling2D(3, 1, "same")(x)
    x = layers.Concatenate()([_conv(x, 4, 1), _conv(_conv(x, 4, 1), 6, 3), _conv(_conv(x, 3, 1), 4, 5), pooled])
    return _model(inputs, _classify(x))


@model
def cropped_and_padded() -> Any:
    layers = _layers()
    x = inputs = _input(14, 13, 3)
    x = layers.Cropping2D(((1, 2), (0, 3)))(x)
    x = layers.Conv2D(6, 3, 2, activation="relu")(layers.ZeroPadding2D(((0, 1), (2, 1)))(x))
    return _model(inputs, _classify(layers.Cropping2D(1)(x)))


@model
def mixer() -> Any:
    """Dense layers across patches and across channels, in turn."""
    layers = _layers()
    x = inputs = _input(16, 16, 3)
    x = layers.Reshape((16, 8))(layers.Conv2D(8, 4, 4)(x))
    y = layers.Permute((2, 1))(layers.Dense(16)(layers.Dense(24, activation="relu")(layers.Permute((2, 1))(x))))
    x = layers.Add()([x, y])
    x = layers.Add()([x, layers.Dense(8)(layers.Dense(16, activation="relu")(x))])
    return _model(inputs, layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling1D()(x)))


@model
def squeeze_net() -> Any:
    layers = _layers()
    x = inputs = _input(16, 16, 3)
    x = layers.MaxPooling2D(3, 2)(_conv(x, 8, 3, 2))
    for squeeze, expand in ((4, 8), (4, 12)):
        x = _conv(x, squeeze, 1)
        x = layers.Concatenate()([_conv(x, expand, 1), _conv(x, expand, 3)])
    return _model(inputs, layers.Softmax()(layers.GlobalAveragePooling2D()(layers.Conv2D(5, 1)(x))))


@model
def scaled_inputs() -> Any:
    """Rescaling and Normalization in front, the largest value behind."""
    layers = _layers()
    x = inputs = _input(12, 12, 3)
    x = layers.Normalization(mean=[0.1, 0.2, 0.3], variance=[1.0, 2.0, 0.5])(layers.Rescaling(0.5, 0.1)(x))
    x = layers.SeparableConv2D(8, 3, activation="relu")(x)
    return _model(inputs, layers.Dense(4)(layers.GlobalMaxPooling2D()(x)))


@model
def merged_branches() -> Any:
    """Subtract, Maximum, Minimum, Average, Multiply."""
    layers = _layers()
    inputs = _input(8, 8, 3)
    one, two, three = (_conv(inputs, 6, size) for size in (1, 3, 5))
    x = layers.Subtract()([layers.Maximum()([one, two]), layers.Minimum()([two, three])])
    x = layers.Multiply()([layers.Average()([x, one]), three])
    return _model(inputs, _classify(x))


@model
def unrolled_lstm() -> Any:
    layers = _layers()
    x = inputs = _input(6, 5)
    return _model(inputs, layers.Dense(3, activation="softmax")(layers.LSTM(8, unroll=True)(x)))


@model
def unrolled_gru() -> Any:
    layers = _layers()
    x = inputs = _input(6, 5)
    return _model(inputs, layers.Dense(3, activation="softmax")(layers.GRU(8, unroll=True)(x)))


@model
def lstm() -> Any:
    """Two LSTM layers, each one operator."""
    layers = _layers()
    x = inputs = _input(12, 5)
    x = layers.LSTM(6)(layers.LSTM(8, return_sequences=True)(x))
    return _model(inputs, layers.Dense(3, activation="softmax")(x))


@model
def recurrent_steps() -> Any:
    """One time step an inference: an LSTM with states, a GRU with a variable."""
    layers = _layers()
    x = inputs = _input(12, 5)
    x = layers.GRU(6)(layers.LSTM(8, return_sequences=True)(x))
    return _model(inputs, layers.Dense(3, activation="softmax")(x))


@model
def simple_rnn_steps() -> Any:
    layers = _layers()
    x = inputs = _input(12, 5)
    return _model(inputs, layers.Dense(3)(layers.SimpleRNN(8, return_sequences=True)(x)))


#: Converted for single time steps.
STATEFUL = frozenset({"recurrent_steps", "simple_rnn_steps"})


def build(name: str) -> Any:
    """The model, weights seeded by its name."""
    import keras

    keras.backend.clear_session()
    keras.utils.set_random_seed(sum(name.encode()))
    return MODELS[name]()


def samples_of(built: Any, seed: int = 0) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {port.name: random.normal(size=(SAMPLES, *port.shape[1:])).astype(np.float32) for port in built.inputs}


def convert(name: str, folder: Path) -> None:
    """What `edgekit.convert_model` has its child process do, in this one."""
    from edgekit.convert import job as jobs
    from edgekit.convert.calibration import write_samples
    from edgekit.convert.child import main
    from edgekit.convert.conversion import choose_samples
    from edgekit.dataset import make_dataset

    built = build(name)
    work = folder / f"{name}.job"
    work.mkdir()
    built.save(work / "model.keras")
    data = make_dataset(samples_of(built), name, source="zoo")
    write_samples(choose_samples(data, SAMPLES), work / jobs.SAMPLES)
    stateful = name in STATEFUL
    job = jobs.Job("int8", str(work / "model.keras"), calibrated=True, data_name=name, stateful=stateful)
    job.write(work)
    if main(work) == 0:
        (work / jobs.RESULT).rename(folder / f"{name}.tflite")
    else:
        (folder / f"{name}.txt").write_text(str(jobs.read_report(work)))


if __name__ == "__main__":
    for wanted in sys.argv[2:] or MODELS:
        convert(wanted, Path(sys.argv[1]))
