"""The recognizer and the brain network, one pass each, on several runtimes; makers for `child`.

LiteRT reads the shipped files, OpenVINO copies whose tensors have names, which it insists on, and
ONNX Runtime what tf2onnx makes of these.
Keras has the same architectures with random weights, as only LiteRT files are
shipped; time does not depend on what the weights are.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_multicancer.core.models.cards import find_model

TASKS = ("recognizer", "brain")
Contender = Callable[[], object]


def square(task: str) -> NDArray[np.float32]:
    """Make a noise picture, shape (1, size, size, 3), 0..255."""
    size = find_model(task).input_size
    return np.random.default_rng(0).uniform(0, 255, (1, size, size, 3)).astype(np.float32)


def one_after_another(asks: list[Contender]) -> Contender:
    """Make one contender of several, and warm them."""

    def run() -> None:
        for ask in asks:
            ask()

    run()
    run()
    return run


def litert(threads: int, tasks: tuple[str, ...] = TASKS) -> Contender:
    from ai_edge_litert.interpreter import Interpreter

    asks = []
    for task in tasks:
        interpreter = Interpreter(model_path=str(find_model(task).path), num_threads=threads)
        run, image = interpreter.get_signature_runner(), square(task)
        asks.append(lambda run=run, image=image: run(image=image))
    return one_after_another(asks)


def keras_predict(threads: int) -> Contender:
    networks = _keras_networks(threads)
    return one_after_another(
        [lambda n=n, x=x: n.predict(x, verbose=0) for n, x in networks]  # type: ignore[misc]
    )


def tf_function(threads: int) -> Contender:
    networks = _keras_networks(threads)
    import tensorflow as tf

    asks = []
    for network, image in networks:
        call = tf.function(lambda x, network=network: network(x, training=False))
        tensor = tf.constant(image)
        asks.append(lambda call=call, tensor=tensor: call(tensor))
    return one_after_another(asks)


def _keras_networks(threads: int) -> list[tuple[Any, NDArray[np.float32]]]:
    """Build the networks as they were before their export, each with what it carries beside."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    import keras

    from napari_multicancer.training.networks.activation import with_activation
    from napari_multicancer.training.networks.catalog import build
    from napari_multicancer.training.networks.familiarity import familiarity, features
    from napari_multicancer.training.recipe import recipe_of_run

    recipes = {}
    for task in TASKS:
        card = find_model(task)
        made = {"task": task, "size": card.input_size}
        recipes[task] = recipe_of_run(dict(card.training) | made)
    recognizer = build(recipes["recognizer"], pretrained=False)
    extractor = features(recipes["recognizer"].size, pretrained=False)
    known = np.random.default_rng(0).integers(0, 255, (4, *extractor.input_shape[1:]), np.uint8)
    distance = familiarity(extractor, known, np.array([0, 0, 1, 1]))
    image = keras.Input(recognizer.input_shape[1:])
    both = keras.Model(image, {**recognizer(image), **distance(image)})
    brain = with_activation(build(recipes["brain"], pretrained=False))
    return [(both, square("recognizer")), (brain, square("brain"))]


def onnx(threads: int, folder: str) -> Contender:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    asks = []
    for task in TASKS:
        path = Path(folder) / f"{task}.onnx"
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
        given = {session.get_inputs()[0].name: square(task)}
        asks.append(lambda session=session, given=given: session.run(None, given))
    return one_after_another(asks)


def openvino(threads: int, precision: str, folder: str) -> Contender:
    import openvino as ov

    core, asks = ov.Core(), []
    how = {
        "INFERENCE_NUM_THREADS": threads,
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": precision,
    }
    for task in TASKS:
        network = core.compile_model(core.read_model(f"{folder}/{task}.tflite"), "CPU", how)
        image = square(task)
        asks.append(lambda network=network, image=image: network(image))
    return one_after_another(asks)


def write_copies(folder: Path) -> None:
    """Name the shipped networks' tensors and translate them; TensorFlow wants a process apart."""
    from tensorflow.lite.tools import flatbuffer_utils

    for task in TASKS:
        model = flatbuffer_utils.read_model(str(find_model(task).path))
        for graph in model.subgraphs:
            for index, tensor in enumerate(graph.tensors):
                tensor.name = f"tensor{index}".encode()
        named = folder / f"{task}.tflite"
        named.write_bytes(flatbuffer_utils.convert_object_to_bytearray(model))

    import tf2onnx.convert

    for task in TASKS:
        path = str(folder / f"{task}.onnx")
        tf2onnx.convert.from_tflite(str(folder / f"{task}.tflite"), opset=18, output_path=path)


def analysis(threads: int, sample: str) -> Contender:
    """Analyse a shipped scan, warm: all three steps."""
    from napari_multicancer.core.analysis.analyze import analyze
    from napari_multicancer.io import load_scan
    from napari_multicancer.samples import FOLDER

    scan = load_scan(FOLDER / sample)
    return one_after_another([lambda: analyze(scan)])


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    write_copies(Path(sys.argv[1]))
