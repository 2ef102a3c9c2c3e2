"""A classifier of single symbols in onnxruntime: 28 x 28 images in, probabilities out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from inkdigits.errors import ImageError, ModelError
from inkdigits.reading.model_facts import ModelFacts

__all__ = ["Classifier", "open_session", "require_input", "run_session"]

ONNX_ERRORS = (
    onnxruntime.capi.onnxruntime_pybind11_state.Fail,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidGraph,
    onnxruntime.capi.onnxruntime_pybind11_state.InvalidProtobuf,
    onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented,
    onnxruntime.capi.onnxruntime_pybind11_state.RuntimeException,
)
_SUM_TOLERANCE = 1e-3  # of the probabilities of a model in 8 bits


class Classifier:
    """An ONNX classifier and its facts.

    >>> from inkdigits.weights import weights_path
    >>> Classifier(weights_path("digit")).facts.labels[:3]
    ('0', '1', '2')
    """

    def __init__(self, path: str | Path, *, threads: int = 0, batch_size: int = 256) -> None:
        """Load ``path``; raise ModelError where it is missing, damaged, not ours, or does not do what its facts say.

        threads: how many cores onnxruntime may use; 0 means all.
        batch_size: how many images are run at once, to bound memory; much larger ones leave the processor's cache, and
            take longer.
        """
        self._session = open_session(Path(path), threads)
        self._batch_size = batch_size
        self.facts = ModelFacts.from_metadata(self._session.get_modelmeta().custom_metadata_map, str(path))
        if self.facts.kind != "classifier":
            raise ModelError(f"{path} is a {self.facts.kind} model; expected a classifier")
        self._source = str(path)
        height, width = self.facts.input_height, self.facts.input_width
        if width < 1:
            raise ModelError(f"{path} takes images of any width; expected a classifier of one size")
        self._input = require_input(self._session, (height, width), self._source)
        self._require_probabilities(self._run(np.zeros((1, height, width), np.uint8)))

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

    def _require_probabilities(self, row: NDArray[np.float32]) -> None:
        """Raise ModelError where what a blank image gives is not one probability a label."""
        count = len(self.facts.labels)
        if row.shape != (1, count):
            raise ModelError(
                f"{self._source} gives {row.shape} for one image; expected (1, {count}), one a label"
            )
        if not (np.isfinite(row).all() and row.min() >= 0 and abs(row.sum() - 1) <= _SUM_TOLERANCE):
            raise ModelError(
                f"{self._source} gives no probabilities that sum to 1 ({row.sum():.4g}); end the model in a softmax"
            )

    def _run(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return run_session(self._session, self._input, self.facts.to_inputs(images), self._source)

    def _predict_batch(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        probabilities = self._run(images)
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


def require_input(session: onnxruntime.InferenceSession, size: tuple[int, int], source: str) -> str:
    """Return the name of the one input; raise ModelError where it does not take any number of images of ``size``.

    size: height and width in pixels; 0 means that it must be free. A size that the file leaves free fits too.
    """
    inputs = session.get_inputs()
    if len(inputs) != 1:
        raise ModelError(f"{source} takes {len(inputs)} inputs; expected one")
    shape, expected = tuple(inputs[0].shape), (0, *size, 1)
    fits = len(shape) == len(expected) and all(
        not isinstance(actual, int) or actual == wanted
        for actual, wanted in zip(shape, expected, strict=True)
    )
    if not fits or inputs[0].type != "tensor(float)":
        taken = ", ".join(str(length) if isinstance(length, int) else "any" for length in shape)
        wanted = ", ".join(str(length) if length else "any" for length in expected)
        raise ModelError(f"{source} takes {inputs[0].type} ({taken}); expected tensor(float) ({wanted})")
    return str(inputs[0].name)


def run_session(
    session: onnxruntime.InferenceSession, name: str, batch: NDArray[np.float32], source: str
) -> NDArray[np.float32]:
    """Return the first output for ``batch``, fed as ``name``; raise ModelError where it is none or not of floats."""
    try:
        output = session.run(None, {name: batch})[0]
    except ONNX_ERRORS as error:
        raise ModelError(
            f"{source} fails on an input of shape {batch.shape}: {_first_line(error)}"
        ) from error
    if not isinstance(output, np.ndarray) or output.dtype.kind != "f":
        raise ModelError(f"{source} gives {session.get_outputs()[0].type}; expected tensor(float)")
    return np.asarray(output, np.float32)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
