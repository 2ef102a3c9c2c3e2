"""inkdigits reads handwritten digits, and trains digit recognizers on MNIST in seconds on a CPU.

    from inkdigits import Reader
    Reader().read_field("photo.png", kind="digit")

The public names load on first use, so that importing inkdigits imports neither a training framework nor a runtime.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from inkdigits._version import __version__

if TYPE_CHECKING:
    from inkdigits.analysis import analyze
    from inkdigits.containers import Alternative, Field, Page, Symbol, Table
    from inkdigits.datasets import load_data, load_mnist
    from inkdigits.errors import InkdigitsError
    from inkdigits.evaluation import evaluate
    from inkdigits.reading import Reader
    from inkdigits.reading.signatures import verify_signature
    from inkdigits.training import finetune, train

__all__ = [
    "Alternative",
    "Field",
    "InkdigitsError",
    "Page",
    "Reader",
    "Symbol",
    "Table",
    "__version__",
    "analyze",
    "evaluate",
    "finetune",
    "load_data",
    "load_mnist",
    "train",
    "verify_signature",
]

_HOMES = {
    "Alternative": "containers",
    "Field": "containers",
    "InkdigitsError": "errors",
    "Page": "containers",
    "Reader": "reading",
    "Symbol": "containers",
    "Table": "containers",
    "analyze": "analysis",
    "evaluate": "evaluation",
    "finetune": "training",
    "load_data": "datasets",
    "load_mnist": "datasets",
    "train": "training",
    "verify_signature": "reading.signatures",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
