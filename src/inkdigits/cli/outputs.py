"""How commands that read write what they read: documents, and annotated pictures."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from inkdigits.cli.inputs import STDIN
from inkdigits.containers import Page
from inkdigits.errors import OutputError, UsageError
from inkdigits.files import check_writable, write_whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

__all__ = [
    "Format",
    "Gallery",
    "check_output",
    "print_each",
    "tell_of_picture",
    "write_document",
    "write_picture",
]

Format = Literal["text", "json", "csv", "hocr", "alto"]
"""How results are written; hocr and alto as one document at the end, of pages the others as they are read."""

_MOST_ANNOTATED = 12
_PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


def write_document(pages: Sequence[Page], format: Format) -> None:
    """Write pages to stdout as one document; nothing where the format is one that is written page by page."""
    from inkdigits.export import pages_to_alto, pages_to_hocr, pages_to_json

    writers = {"json": pages_to_json, "hocr": pages_to_hocr, "alto": pages_to_alto}
    if format in writers:
        sys.stdout.write(writers[format](pages))


def write_picture(path: Path, picture: Image.Image) -> None:
    """Write a picture in the format that the path's ending names; the file appears whole or not at all."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG" if path.suffix.lower() in (".jpg", ".jpeg") else path.suffix[1:])
    write_whole(path, buffer.getvalue())


def print_each(texts: Iterable[str]) -> None:
    """Write to stdout at once, for whoever waits at the other end of a pipe."""
    for text in texts:
        sys.stdout.write(text)
        sys.stdout.flush()


def check_output(path: Path | None, inputs: Sequence[str], *, picture: bool = False) -> None:
    """Raise UsageError or OutputError, before any work, where ``path`` is an input, no picture's, or cannot be written."""
    if path is None:
        return
    if picture and path.suffix.lower() not in _PICTURE_SUFFIXES:
        raise UsageError(f"--annotate {path}: expected a name that ends in {' or '.join(_PICTURE_SUFFIXES)}")
    if any(name != STDIN and path.resolve() == Path(name).resolve() for name in inputs):
        raise UsageError(f"{path} is one of the inputs; name another file")
    if not path.parent.is_dir():
        raise OutputError(f"{path.parent} is not a folder; make it first")
    check_writable(path)


def tell_of_picture(path: Path, shown: int, count: int) -> None:
    """Say on stderr where the annotated picture is, and how many of ``count`` it shows."""
    which = "" if shown == count else f", the first {shown} of {count}"
    typer.echo(f"annotated picture: {path}{which}", err=True)


class Gallery:
    """The first pages that were read, as annotated pictures, each under the one before."""

    def __init__(self, path: Path | None) -> None:
        """Take the path of the picture; None: there is to be none."""
        self._path = path
        self._pictures: list[Image.Image] = []
        self._count = 0

    def add(self, gray: NDArray[np.uint8], page: Page) -> None:
        """Draw a page, read from a uint8 gray image (H, W), unless there are enough."""
        from inkdigits.export import annotate_page

        self._count += 1
        if self._path is not None and len(self._pictures) < _MOST_ANNOTATED:
            self._pictures.append(annotate_page(gray, page))

    def write(self) -> None:
        """Write the picture, and say so; nothing where no page was added."""
        from inkdigits.export import stack_pictures

        if self._path is not None and self._pictures:
            write_picture(self._path, stack_pictures(self._pictures))
            tell_of_picture(self._path, len(self._pictures), self._count)
