"""From a Keras model to an ONNX graph with our names, in TensorFlow: the one route whose graphs ONNX Runtime
always ran.

Keras' own JAX route writes max-pooling that ONNX Runtime refuses, and its torch route fixes the number of
images. So where another backend is at work, the model is saved and converted in a process of its own:

    KERAS_BACKEND=tensorflow python -m inkdigits.training.onnx_conversion model.keras model.onnx
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from inkdigits.errors import MissingExtraError, ModelError
from inkdigits.evaluation.keras_file import keras_warnings_ignored, read_keras_file, require_keras_file
from inkdigits.machine import LEAN_KERAS
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.training.framework import import_keras
from inkdigits.training.keras_file import save_keras_model

__all__ = ["INPUT_NAME", "OPSET", "OUTPUT_NAME", "convert_to_onnx", "require_converter"]

INPUT_NAME = "images"
OUTPUT_NAME = "probabilities"
# Fixed, so that a file does not change with the converter's mind: old enough for every onnxruntime we
# support.
OPSET = 17
IR_VERSION = 8


def convert_to_onnx(model: Any, path: Path) -> None:
    """Write a Keras model of one input and one output to ``path``: images (N, ...) -> probabilities (N, ...),
    float32.

    Raise MissingExtraError where TensorFlow or tf2onnx is not installed, ModelError where the model cannot be
    converted. OSError passes.
    """
    require_converter()
    if import_keras().backend.backend() == "tensorflow":
        _convert_here(model, path)
        return
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "model.keras"
        save_keras_model(model, saved)
        _convert_in_process(saved, path)


def require_converter() -> None:
    """Raise MissingExtraError where the converter is not installed; ask before a long training."""
    for package in ("tensorflow", "tf2onnx", "onnx"):
        if find_spec(package) is None:
            raise MissingExtraError("train", package)


def write_facts(path: Path, facts: ModelFacts) -> None:
    """Put a model's facts into the metadata of its ONNX file."""
    import onnx

    onnx_model = onnx.load(path)
    onnx.helper.set_model_props(onnx_model, facts.to_metadata())
    onnx.save(onnx_model, path)


def _convert_here(model: Any, path: Path) -> None:
    # Keras exports only what has run once.
    model(import_keras().ops.zeros((1, *model.input_shape[1:])))
    logging.getLogger("tf2onnx").setLevel(logging.ERROR)
    with keras_warnings_ignored():
        model.export(path, format="onnx", opset_version=OPSET, verbose=False)
    import onnx

    onnx_model = onnx.load(path)
    _name_the_ends(onnx_model.graph)
    onnx_model.ir_version = IR_VERSION
    onnx_model.producer_name = "inkdigits"
    onnx.save(onnx_model, path)


def _convert_in_process(saved: Path, path: Path) -> None:
    command = [sys.executable, "-m", __name__, str(saved), str(path)]
    environment = {
        **os.environ,
        "KERAS_BACKEND": "tensorflow",
        "PYTHONPATH": os.pathsep.join(sys.path),
        LEAN_KERAS: "1",
    }
    # In a session of its own Ctrl-C does not reach it: whoever waits for it decides what that means.
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, start_new_session=True, check=False
    )
    if done.returncode:
        last_line = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise ModelError(f"the model could not be converted to ONNX: {last_line[:200]}")


def _name_the_ends(graph: Any) -> None:
    """Give the graph's input, output and free dimension our names, wherever they stand."""
    names = {graph.input[0].name: INPUT_NAME, graph.output[0].name: OUTPUT_NAME}
    for node in graph.node:
        for ends in (node.input, node.output):
            ends[:] = [names.get(name, name) for name in ends]
    for value in (graph.input[0], graph.output[0]):
        value.name = names[value.name]
        value.type.tensor_type.shape.dim[0].dim_param = "N"


if __name__ == "__main__":
    require_keras_file(Path(sys.argv[1]))
    import_keras()  # quietly, and lean
    convert_to_onnx(read_keras_file(Path(sys.argv[1])), Path(sys.argv[2]))
