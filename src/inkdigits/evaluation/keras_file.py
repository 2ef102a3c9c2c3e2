"""Keras files, opened without trust: in safe mode, and refused in one line."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inkdigits.errors import MissingExtraError, ModelError

__all__ = ["keras_warnings_ignored", "read_keras_file", "require_keras_file"]


def read_keras_file(path: Path) -> Any:
    """Return the Keras model in a .keras file, uncompiled.

    Keras is imported here, as talkative as its backend is; whoever wants it quiet imports it first.

    Raise ModelError where the file is not a .keras file, is damaged, needs code of its own to load (safe mode
    runs none) or holds other than a model of one input; MissingExtraError where Keras is not installed.
    """
    require_keras_file(path)
    try:
        import keras
    except ModuleNotFoundError as error:
        raise MissingExtraError("train", error.name or "keras") from error
    try:
        with keras_warnings_ignored():
            model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except (AttributeError, KeyError, OSError, TypeError, ValueError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(f"{path} is not a model that Keras loads in safe mode: {reason}") from error
    if not isinstance(model, keras.Model) or not isinstance(model.input_shape, tuple):
        raise ModelError(f"{path} is not a model of one input; expected one that inkdigits train wrote")
    return model


def require_keras_file(path: Path) -> None:
    """Raise ModelError where a file cannot be a .keras file; asks that without Keras, which takes seconds to come."""
    if not zipfile.is_zipfile(path):
        raise ModelError(f"{path} is not a .keras file; expected one that inkdigits train wrote")


@contextmanager
def keras_warnings_ignored() -> Iterator[None]:
    """Drop the deprecation warnings of Keras' own code, which whoever uses it can do nothing about."""
    with warnings.catch_warnings():
        # Where Keras loads, saves and exports it asks numpy for what numpy is about to drop.
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
