"""Every error that inkdigits raises on purpose, one tree.

    InkdigitsError
    ├── UsageError          an option or argument that cannot be: an unknown kind, a negative size
    ├── DataError           a data set that is missing, empty, truncated, foreign, or lies about itself
    ├── ImageError          an image that cannot be read: does not decode, wrong shape or type, too large
    │   ├── NoInkError      a readable image with nothing written on it, where one digit was asked for
    │   └── FormMismatchError  a readable page that is no copy of the form that it was to be read as
    ├── TemplateError       a form's template that does not fit its schema, or contradicts itself
    ├── ModelError          a model file that is not ours, is damaged, or fits another task
    ├── ServerError         a server that refuses, cannot be reached, or is none of ours
    ├── OutputError         a place that cannot be written: it exists already, no permission, disk full
    └── MissingExtraError   a part of inkdigits that needs an optional dependency

A message is one line and says what came, what was expected and what to do.
"""

from __future__ import annotations

__all__ = [
    "DataError",
    "FormMismatchError",
    "ImageError",
    "InkdigitsError",
    "MissingExtraError",
    "ModelError",
    "NoInkError",
    "OutputError",
    "ServerError",
    "TemplateError",
    "UsageError",
]


class InkdigitsError(Exception):
    """The root: catch this to catch every error that inkdigits raises on purpose."""


class UsageError(InkdigitsError, ValueError):
    """An option or argument that cannot be."""


class DataError(InkdigitsError, ValueError):
    """A data set that is missing, empty, truncated, foreign, or lies about itself."""


class ImageError(InkdigitsError, ValueError):
    """An image that cannot be read."""


class NoInkError(ImageError):
    """A readable image with nothing written on it, where one digit was asked for."""


class FormMismatchError(ImageError):
    """A readable page that is no copy of the form that it was to be read as."""


class TemplateError(InkdigitsError, ValueError):
    """A form's template that does not fit its schema, or contradicts itself."""


class ModelError(InkdigitsError, ValueError):
    """A model file that is not ours, is damaged, or fits another task."""


class OutputError(InkdigitsError, OSError):
    """A place that cannot be written."""


class ServerError(InkdigitsError, OSError):
    """A server that refuses, cannot be reached, or is none of ours.

    status: of its HTTP answer; None where there was none.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[type[ServerError], tuple[str, int | None]]:
        return type(self), (str(self), self.status)


class MissingExtraError(InkdigitsError, ImportError):
    """A part of inkdigits that needs an optional dependency.

    >>> raise MissingExtraError("train", "keras")
    Traceback (most recent call last):
    ...
    inkdigits.errors.MissingExtraError: keras is not installed; pip install 'inkdigits[train]' brings it
    """

    def __init__(self, extra: str, package: str) -> None:
        self.extra = extra
        self.package = package
        super().__init__(f"{package} is not installed; pip install 'inkdigits[{extra}]' brings it")

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        # By default an exception is rebuilt from its message alone, and would not cross a process border.
        return type(self), (self.extra, self.package)
