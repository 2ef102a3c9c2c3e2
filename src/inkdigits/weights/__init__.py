"""The shipped ONNX models, each with its model card (NAME.onnx, NAME.md)."""

from importlib.resources import files
from pathlib import Path

from inkdigits.errors import UsageError

__all__ = ["weights_names", "weights_path"]


def weights_names() -> list[str]:
    """Return the names of the shipped models, sorted."""
    return sorted(path.stem for path in _folder().glob("*.onnx"))


def weights_path(name: str) -> Path:
    """Return the file of a shipped model; raise UsageError for a name that is not shipped.

    >>> weights_path("digit").name
    'digit.onnx'
    """
    path = _folder() / f"{name}.onnx"
    if name not in weights_names():
        raise UsageError(
            f"no shipped model is called {name!r}; there are {', '.join(weights_names()) or 'none'}"
        )
    return path


def _folder() -> Path:
    return Path(str(files(__name__)))
