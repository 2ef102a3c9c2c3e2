"""Keras, imported once, quietly, and with a clear word where it is missing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import Any

from inkdigits.errors import MissingExtraError, UsageError
from inkdigits.machine import LEAN_KERAS

__all__ = ["BACKENDS", "import_keras", "quiet_stderr"]

BACKENDS = ("tensorflow", "jax", "torch")
# Keras loads these where they are installed, two seconds of it, for data frames, wrappers and plots.
_OFFERED_BY_KERAS = ("matplotlib", "pandas", "sklearn")


def import_keras() -> Any:
    """Return the keras module on the backend that KERAS_BACKEND names, TensorFlow where it names none.

    Raise MissingExtraError where Keras or TensorFlow is not installed, UsageError where KERAS_BACKEND names
    something that Keras does not train with, or that is not installed.

    Where INKDIGITS_LEAN_KERAS is 1, as the command line sets it, Keras comes without what it offers for pandas,
    scikit-learn and matplotlib; these themselves can be imported as ever.
    """
    if "keras" in sys.modules:
        return sys.modules["keras"]
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    _check_backend(backend)
    # TensorFlow takes half a second to load JAX, for models that come from there.
    unused: tuple[str, ...] = ("jax",) if backend != "jax" else ()
    if os.environ.get(LEAN_KERAS) == "1":
        unused += _OFFERED_BY_KERAS
    # TensorFlow's C++ side tells of its CPU features; 2 keeps its errors and drops the rest.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        with quiet_stderr(), _hidden(unused):
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


@contextmanager
def _hidden(packages: tuple[str, ...]) -> Iterator[None]:
    """Let packages that are not imported yet look as if they were not installed."""
    hidden = [package for package in packages if package not in sys.modules]
    # Python refuses to import a name that stands for None here.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for package in hidden:
            if sys.modules[package] is None:
                del sys.modules[package]


def _check_backend(backend: str) -> None:
    if backend not in BACKENDS:
        raise UsageError(f"KERAS_BACKEND is {backend!r}; expected one of {', '.join(BACKENDS)}, or unset it")
    for package in ("keras", backend):
        if find_spec(package) is None:
            if package in ("jax", "torch"):
                raise UsageError(f"KERAS_BACKEND is {backend}, which is not installed; pip install {backend}")
            raise MissingExtraError("train", package)
