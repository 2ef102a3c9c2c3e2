"""Keras, imported once, quietly, and with a clear word where it is missing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import Any

from inkdigits.errors import MissingExtraError, UsageError

__all__ = ["BACKENDS", "import_keras", "quiet_stderr"]

BACKENDS = ("tensorflow", "jax", "torch")


def import_keras() -> Any:
    """Return the keras module on the backend that KERAS_BACKEND names, TensorFlow where it names none.

    Raise MissingExtraError where Keras or TensorFlow is not installed, UsageError where KERAS_BACKEND names
    something that Keras does not train with, or that is not installed.
    """
    if "keras" in sys.modules:
        return sys.modules["keras"]
    _check_backend(os.environ.get("KERAS_BACKEND") or "tensorflow")
    # TensorFlow's C++ side tells of its CPU features; 2 keeps its errors and drops the rest.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with quiet_stderr():
            import keras

            # The devices are found at the first operation, and told of; let that pass here too.
            keras.ops.zeros(())
            with suppress(ModuleNotFoundError):
                # Keras asks for it later whatever the backend, and it is as talkative then.
                import tensorflow  # noqa: F401
    except ModuleNotFoundError as error:
        raise MissingExtraError("train", error.name or "keras") from error
    return keras


@contextmanager
def quiet_stderr() -> Iterator[None]:
    """Drop what is written to file descriptor 2 meanwhile: C++ libraries write there before they can be told
    not to.

    Python exceptions pass as ever.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    sink = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, 2)
        os.close(sink)
        os.close(kept)


def _check_backend(backend: str) -> None:
    if backend not in BACKENDS:
        raise UsageError(f"KERAS_BACKEND is {backend!r}; expected one of {', '.join(BACKENDS)}, or unset it")
    for package in ("keras", backend):
        if find_spec(package) is None:
            if package in ("jax", "torch"):
                raise UsageError(f"KERAS_BACKEND is {backend}, which is not installed; pip install {backend}")
            raise MissingExtraError("train", package)
