"""Keras models with their facts, from a run folder or a .keras file, and back to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from inkdigits._version import __version__
from inkdigits.datasets.data_set import DIGITS
from inkdigits.errors import ModelError
from inkdigits.evaluation.keras_file import keras_warnings_ignored, read_keras_file, require_keras_file
from inkdigits.reading.classifier import Classifier
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.training.framework import import_keras

__all__ = ["load_keras_model", "save_keras_model"]


def load_keras_model(source: str | Path) -> tuple[Any, ModelFacts]:
    """Load the Keras model of a run folder, or of a .keras file, and its facts.

    The facts are those of the model.onnx beside it. A file alone is taken for a classifier of digits, named
    after itself.

    Raise ModelError where the model is missing, damaged, not a .keras file, needs code of its own to load
    (safe mode runs none), or where a file alone has other than ten outputs; MissingExtraError where Keras is
    not installed.
    """
    path = Path(source)
    if path.is_dir():
        path = path / "model.keras"
        if not path.is_file():
            raise ModelError(f"{source} has no model.keras; expected a run folder that inkdigits train wrote")
    if not path.is_file():
        raise ModelError(f"{source} does not exist; expected a run folder or a .keras file")
    require_keras_file(path)
    import_keras()  # quietly
    model = read_keras_file(path)
    beside = path.with_name("model.onnx")
    if path.name == "model.keras" and beside.is_file():
        return model, Classifier(beside).facts
    if tuple(model.output_shape) != (None, len(DIGITS)):
        raise ModelError(
            f"{path} gives {model.output_shape} and has no model.onnx beside it to name its classes; "
            "expected (None, 10)"
        )
    return model, ModelFacts("classifier", path.stem, __version__)


def save_keras_model(model: Any, path: Path) -> None:
    """Write a Keras model, its optimizer's state included, to a .keras file. OSError passes."""
    with keras_warnings_ignored():
        model.save(path)
