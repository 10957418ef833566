# SPDX-License-Identifier: Apache-2.0
"""The same models and data in other tools, each in an environment of its own; `compression.py --peers` reads them.

    python benchmarks/compression_peers.py export DIR     # in edgekit's environment: models and data for the peers
    python benchmarks/compression_peers.py aeq DIR        # pip install ai-edge-quantizer scikit-learn
    python benchmarks/compression_peers.py tfmot DIR      # pip install tensorflow-cpu==2.19.1 tf_keras==2.19.0
                                                          #     tensorflow-model-optimization==0.8.1

Every peer adds rows to DIR/peers.json: .tflite bytes, on which test samples the runtime's reference kernels are right,
seconds, and the versions and settings that made them. Rows that are there already are not made again.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

SEEDS = (0, 1, 2)
Row = tuple[str, int, Callable[[], bytes]]


def export(folder: Path) -> None:
    """Float .tflite, layers with their weights, and the split data of both tasks."""
    sys.path[:0] = [str(Path(__file__).resolve().parent.parent), str(Path(__file__).resolve().parent)]
    import compression as ours

    from edgekit.convert import convert_model
    from edgekit.keras_models import load_keras

    folder.mkdir(parents=True, exist_ok=True)
    for task in ours.TASKS.values():
        path = ours.SHARED / "models" / task.model
        (folder / f"{task.name}.tflite").write_bytes(convert_model(path, scheme="float32").content)
        model, data = load_keras(path), ours.load_data(task)
        layers = [{"kind": type(layer).__name__, "config": _plain(layer.get_config())} for layer in model.layers]
        weights = {f"w{i:03d}": value for i, value in enumerate(model.get_weights())}
        parts = {}
        for part in ("train", "test"):
            parts[f"x_{part}"] = ours.inputs_of(path, data, part)
            parts[f"y_{part}"] = np.asarray(data.y)[getattr(data, part)]
        np.savez(folder / f"{task.name}.npz", layers=np.array(json.dumps(layers)), **weights, **parts)


_SETTINGS = ("filters", "kernel_size", "strides", "padding", "use_bias", "activation", "units", "rate", "pool_size",
             "epsilon", "momentum", "depth_multiplier", "batch_shape", "name")  # fmt: skip


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    return {key: config[key] for key in _SETTINGS if key in config}


def aeq(task: str, data: Any, folder: Path) -> Iterator[Row]:
    """Post-training quantization of ai-edge-quantizer, calibrated on 200 training samples."""
    from ai_edge_quantizer import qtyping, quantizer, recipe

    source = str(folder / f"{task}.tflite")

    def calibrated(configure: Callable[[Any], None]) -> bytes:
        tool = quantizer.Quantizer(source)
        configure(tool)
        signature = _interpreter((folder / f"{task}.tflite").read_bytes()).get_signature_list()
        name, ports = next(iter(signature.items()))
        samples = {name: [{ports["inputs"][0]: x[None]} for x in data["x_train"][:200]]}
        ranges = tool.calibrate(samples)
        return bytes(tool.quantize(ranges, enable_progress_report=False).quantized_model)

    def four(tool: Any) -> None:
        tool.add_static_config(
            regex=".*", operation_name=qtyping.TFLOperationName.ALL_SUPPORTED, activation_num_bits=8, weight_num_bits=4
        )

    yield "static int8", 0, lambda: calibrated(lambda tool: tool.load_quantization_recipe(recipe.static_wi8_ai8()))
    yield "static int4 weights", 0, lambda: calibrated(four)


def tfmot(task: str, data: Any, folder: Path) -> Iterator[Row]:
    """Training-time techniques of tfmot, 20 (digits) or 15 (kws) epochs, Adam 5e-4 to prune, 1e-4 else; then int8."""
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import tensorflow_model_optimization as mot
    import tf_keras

    epochs = {"digits": 20, "kws": 15}[task]

    def fit(model: Any, rate: float, seed: int, callbacks: tuple[Any, ...] = ()) -> Any:
        model.compile(tf_keras.optimizers.Adam(rate), "sparse_categorical_crossentropy")
        tf_keras.utils.set_random_seed(seed)
        model.fit(data["x_train"], data["y_train"], epochs=epochs, batch_size=64, verbose=0, callbacks=list(callbacks))
        return model

    def prune(share: float, seed: int) -> bytes:
        steps = epochs * -(-len(data["x_train"]) // 64)
        schedule = mot.sparsity.keras.PolynomialDecay(0.0, share, 0, int(0.7 * steps), frequency=10)
        model = mot.sparsity.keras.prune_low_magnitude(_rebuild(data), schedule)
        fit(model, 5e-4, seed, (mot.sparsity.keras.UpdatePruningStep(),))
        return _legacy_int8(mot.sparsity.keras.strip_pruning(model), data["x_train"])

    def cluster(count: int, seed: int) -> bytes:
        kmeans = mot.clustering.keras.CentroidInitialization.KMEANS_PLUS_PLUS
        model = mot.clustering.keras.cluster_weights(
            _rebuild(data), number_of_clusters=count, cluster_centroids_init=kmeans
        )
        return _legacy_int8(mot.clustering.keras.strip_clustering(fit(model, 1e-4, seed)), data["x_train"])

    def aware(seed: int) -> bytes:
        model = fit(mot.quantization.keras.quantize_model(_rebuild(data)), 1e-4, seed)
        return _legacy_int8(model, None)

    for seed in SEEDS:
        yield "QAT int8", seed, lambda seed=seed: aware(seed)  # type: ignore[misc]
        yield "50 % zeros, int8", seed, lambda seed=seed: prune(0.5, seed)  # type: ignore[misc]
        yield "80 % zeros, int8", seed, lambda seed=seed: prune(0.8, seed)  # type: ignore[misc]
        yield "16 clusters, int8", seed, lambda seed=seed: cluster(16, seed)  # type: ignore[misc]


def _rebuild(data: Any) -> Any:
    """The model in Keras 2."""
    import tf_keras

    layers = []
    for item in json.loads(str(data["layers"])):
        config = {key: value for key, value in item["config"].items() if key != "batch_shape"}
        if item["kind"] == "InputLayer":
            layers.append(tf_keras.layers.InputLayer(input_shape=item["config"]["batch_shape"][1:]))
        else:
            layers.append(getattr(tf_keras.layers, item["kind"])(**config))
    model = tf_keras.Sequential(layers)
    model.set_weights([data[key] for key in sorted(key for key in data.files if key[0] == "w" and key[1:].isdigit())])
    return model


def _legacy_int8(model: Any, samples: np.ndarray | None) -> bytes:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if samples is not None:
        converter.representative_dataset = lambda: ([x[None]] for x in samples[:200])
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def _interpreter(content: bytes) -> Any:
    try:
        from ai_edge_litert.interpreter import Interpreter, OpResolverType
    except ImportError:
        import tensorflow as tf

        Interpreter, OpResolverType = tf.lite.Interpreter, tf.lite.experimental.OpResolverType
    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    return interpreter


def predict(content: bytes, samples: np.ndarray) -> list[int]:
    """The classes that the reference kernels choose."""
    interpreter = _interpreter(content)
    source, result = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    chosen = []
    for sample in samples:
        value = sample[None].astype(np.float32)
        if source["dtype"] != np.float32:
            scale, zero = source["quantization"]
            limits = np.iinfo(source["dtype"])
            value = np.clip(np.round(value / scale) + zero, limits.min, limits.max).astype(source["dtype"])
        interpreter.set_tensor(source["index"], value)
        interpreter.invoke()
        chosen.append(int(interpreter.get_tensor(result["index"])[0].argmax()))
    return chosen


def pack_right(right: np.ndarray) -> str:
    """One bit a sample, hexadecimal."""
    return np.packbits(right).tobytes().hex()


def run_peer(name: str, folder: Path) -> None:
    rows = {"aeq": aeq, "tfmot": tfmot}[name]
    packages = {
        "aeq": ("ai-edge-quantizer", "ai-edge-litert"),
        "tfmot": ("tensorflow-model-optimization", "tensorflow-cpu", "tf_keras"),
    }[name]
    file = folder / "peers.json"
    results: dict[str, Any] = json.loads(file.read_text()) if file.is_file() else {}
    versions = ", ".join(f"{package} {importlib.metadata.version(package)}" for package in packages)
    conditions = {"versions": versions, "python": sys.version.split()[0], "settings": (rows.__doc__ or "").strip()}
    for task in ("digits", "kws"):
        with np.load(folder / f"{task}.npz", allow_pickle=False) as data:
            for row, seed, make in rows(task, data, folder):
                found = results.setdefault(task, {}).setdefault(f"{name}: {row}", {})
                if str(seed) in found:
                    continue
                began = time.monotonic()
                content = make()
                seconds = time.monotonic() - began
                predicted = predict(content, data["x_test"])
                right = np.array(predicted) == data["y_test"]
                accuracy = float(right.mean())
                found[str(seed)] = {"tflite_bytes": len(content), "accuracy": accuracy, "samples": len(right),
                                    "right": pack_right(right), "seconds": round(seconds, 1),
                                    "conditions": conditions}  # fmt: skip
                file.write_text(json.dumps(results, indent=1) + "\n")
                print(f"{task}, {name}: {row}, seed {seed}: {accuracy:.2%}, {len(content):,} bytes", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("export", "aeq", "tfmot"):
        sys.exit(__doc__)
    if sys.argv[1] == "export":
        export(Path(sys.argv[2]))
    else:
        run_peer(sys.argv[1], Path(sys.argv[2]))
