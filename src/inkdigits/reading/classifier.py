"""A classifier of single symbols in onnxruntime: 28 x 28 images in, probabilities out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inkdigits.errors import ImageError, ModelError
from inkdigits.reading.model_facts import ModelFacts

__all__ = ["Classifier"]

ONNX_ERRORS = (
    onnxruntime.capi.onnxruntime_pybind11_state.Fail,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidGraph,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf,
    onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented,
    onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException,
)


class Classifier:
    """An ONNX classifier and its facts.

    >>> from inkdigits.weights import weights_path
    >>> Classifier(weights_path("digit")).facts.labels[:3]
    ('0', '1', '2')
    """

    def __init__(self, path: str | Path, *, threads: int = 0, batch_size: int = 1024) -> None:
        """Load ``path``; raise ModelError where it is missing, damaged or not ours.

        threads: how many cores onnxruntime may use; 0 means all.
        batch_size: how many images are run at once, to bound memory.
        """
        self._session = open_session(Path(path), threads)
        self._batch_size = batch_size
        self.facts = ModelFacts.from_metadata(self._session.get_modelmeta().custom_metadata_map, str(path))
        if self.facts.kind != "classifier":
            raise ModelError(f"{path} is a {self.facts.kind} model; expected a classifier")

    def predict(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return calibrated probabilities: uint8 (N, H, W), ink bright on 0 -> float32 (N, number of labels)."""
        expected = (self.facts.input_height, self.facts.input_width)
        if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != expected:
            raise ImageError(
                f"got {images.dtype} images of shape {images.shape}; "
                f"this model takes uint8 (N, {expected[0]}, {expected[1]})"
            )
        batches = [
            self._predict_batch(images[start : start + self._batch_size])
            for start in range(0, len(images), self._batch_size)
        ]
        return np.concatenate(batches) if batches else np.empty((0, len(self.facts.labels)), np.float32)

    def _predict_batch(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        inputs = (images[..., np.newaxis] / np.float32(255) - self.facts.mean) / self.facts.scale
        name = self._session.get_inputs()[0].name
        probabilities = self._session.run(None, {name: inputs.astype(np.float32)})[0]
        if self.facts.temperature == 1.0:
            return np.asarray(probabilities, np.float32)
        powered = np.maximum(probabilities, 1e-12) ** np.float32(1 / self.facts.temperature)
        return np.asarray(powered / powered.sum(axis=1, keepdims=True), np.float32)


def open_session(path: Path, threads: int) -> onnxruntime.InferenceSession:
    """Open an ONNX file in onnxruntime on the CPU; raise ModelError where that cannot be."""
    if not path.is_file():
        raise ModelError(f"{path} does not exist; expected an ONNX model")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except ONNX_ERRORS as error:
        raise ModelError(f"{path} is not a model that onnxruntime can run: {_first_line(error)}") from error


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
