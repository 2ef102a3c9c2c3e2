"""Keras files and run folders, opened without trust: in safe mode, and refused in one line."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

from inkdigits._version import __version__
from inkdigits.datasets.data_set import DIGITS
from inkdigits.errors import ModelError
from inkdigits.reading.classifier import Classifier
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.training.framework import import_keras, keras_warnings_ignored

__all__ = ["load_keras_model", "read_keras_file", "save_keras_model"]


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


def read_keras_file(path: Path) -> Any:
    """Read the Keras model in a .keras file; raise ModelError as ``load_keras_model`` does."""
    if not zipfile.is_zipfile(path):
        raise ModelError(f"{path} is not a .keras file; expected one that inkdigits train wrote")
    keras = import_keras()
    try:
        with keras_warnings_ignored():
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except (AttributeError, KeyError, OSError, TypeError, ValueError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{path} is not a model that Keras loads in safe mode: {reason}") from error
    if not isinstance(model, keras.Model) or not isinstance(model.input_shape, tuple):
        raise ModelError(f"{path} is not a model of one input; expected one that inkdigits train wrote")
    return model
