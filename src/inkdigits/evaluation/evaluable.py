"""Anything that can be evaluated, made into one thing: uint8 images in, probabilities out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import DataError, ModelError
from inkdigits.evaluation.keras_file import read_keras_file
from inkdigits.reading.classifier import Classifier
from inkdigits.weights import weights_names, weights_path

__all__ = ["Evaluable", "KerasModel", "OpenModel", "align_labels", "open_model"]

# Bounds the float32 copy of the images to 26 MB.
IMAGES_AT_ONCE = 8192


class KerasModel(Protocol):
    """The part of ``keras.Model`` that evaluating needs; named here so that Keras need not be imported."""

    name: str
    input_shape: Any

    def predict(self, x: Any, *, batch_size: int, verbose: int) -> Any:
        """Return the outputs for a batch of inputs."""


Evaluable = KerasModel | Classifier | str | Path


@dataclass(frozen=True)
class OpenModel:
    """A model that is ready to run.

    name: what to call it.
    labels: the text of each class, in the order of the outputs; None where the model does not say.
    predict: uint8 (N, 28, 28), ink bright on 0 -> float32 (N, C) probabilities.
    """

    name: str
    labels: tuple[str, ...] | None
    predict: Callable[[NDArray[np.uint8]], NDArray[np.float32]]


def open_model(model: Evaluable) -> OpenModel:
    """Make a model ready to run.

    model: a Keras model, a ``Classifier``, the path of a run folder (its model.onnx is taken), of a .onnx or
        of a .keras file, or the name of a shipped model. An existing file or folder goes before a name. A
        .keras file is loaded in Keras' safe mode, which runs no code from it.

    Raises ModelError for what is missing, damaged, foreign or takes other images; MissingExtraError for a
    .keras file where Keras is not installed.
    """
    if isinstance(model, Classifier):
        return OpenModel(model.facts.name, model.facts.labels, model.predict)
    if isinstance(model, str | Path):
        return _open_path(_find(model))
    return OpenModel(model.name, None, _keras_predict(model))


def align_labels(
    labels: NDArray[np.integer], class_names: tuple[str, ...], model_labels: tuple[str, ...] | None
) -> NDArray[np.int64]:
    """Return labels that index ``model_labels``, for labels that index ``class_names``: (N,) -> (N,).

    A data set may hold a part of a model's classes, or have them in another order. Where the model does not
    name its classes (None) the labels are taken as they are. Raises DataError for a class that the model does
    not know.

    >>> align_labels(np.array([0, 1]), ("3", "7"), tuple("0123456789"))
    array([3, 7])
    """
    if model_labels is None:
        return labels.astype(np.int64)
    unknown = [name for name in class_names if name not in model_labels]
    if unknown:
        raise DataError(
            f"the data has the class {unknown[0]!r}; the model knows {', '.join(model_labels[:10])}"
            + (" and more" if len(model_labels) > 10 else "")
        )
    places = np.array([model_labels.index(name) for name in class_names], np.int64)
    return places.take(labels)


def _find(model: str | Path) -> Path:
    path = Path(model)
    if path.is_dir():
        if not (path / "model.onnx").is_file():
            raise ModelError(f"{path} has no model.onnx; expected a run folder of inkdigits train")
        return path / "model.onnx"
    if not path.is_file():
        if str(model) in weights_names():
            return weights_path(str(model))
        raise ModelError(
            f"{model} does not exist; expected a run folder, a .onnx or .keras file, or a shipped model"
            f" ({', '.join(weights_names()) or 'none here'})"
        )
    return path


def _open_path(path: Path) -> OpenModel:
    if path.suffix == ".onnx":
        classifier = Classifier(path)
        return OpenModel(classifier.facts.name, classifier.facts.labels, classifier.predict)
    if path.suffix == ".keras":
        predict = _keras_predict(read_keras_file(path))
        beside = path.with_name("model.onnx")
        if path.name == "model.keras" and beside.is_file():
            # A run folder's ONNX file tells what the model is called and reads, which a Keras file cannot.
            facts = Classifier(beside).facts
            return OpenModel(facts.name, facts.labels, predict)
        return OpenModel(path.stem, None, predict)
    raise ModelError(f"{path} is not a model; expected a .onnx or .keras file, or a run folder")


def _keras_predict(model: KerasModel) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    def predict(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        shape = _image_shape(model, images)
        outputs = []
        for start in range(0, len(images), IMAGES_AT_ONCE):
            inputs = images[start : start + IMAGES_AT_ONCE].astype(np.float32) / 255
            inputs = inputs.reshape(-1, *shape)  # one channel: (N, H, W) is also (N, H, W, 1) and (N, H * W)
            outputs.append(np.asarray(model.predict(inputs, batch_size=512, verbose=0), np.float32))
        return np.concatenate(outputs)

    return predict


def _image_shape(model: KerasModel, images: NDArray[np.uint8]) -> tuple[int, ...]:
    shape = model.input_shape
    height, width = images.shape[1:]
    if not isinstance(shape, tuple) or None in shape[1:] or math.prod(shape[1:]) != height * width:
        raise ModelError(f"the model takes {shape}; expected one gray image of {height} x {width}")
    return shape[1:]
