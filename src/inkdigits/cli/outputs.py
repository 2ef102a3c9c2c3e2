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

_MOST_ANNOTATED = 100  # pages, a picture each
_PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
_LONE_PAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp")  # files of one page


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


def check_output(
    path: Path | None, inputs: Sequence[str], *, picture: bool = False, numbered: bool = False
) -> None:
    """Raise UsageError or OutputError, before any work, where ``path`` is an input, no picture's, or cannot be written.

    numbered: whether there may be several pictures, as a ``Gallery`` names them.
    """
    if path is None:
        return
    if picture and path.suffix.lower() not in _PICTURE_SUFFIXES:
        raise UsageError(f"--annotate {path}: expected a name that ends in {' or '.join(_PICTURE_SUFFIXES)}")
    given = {Path(name).resolve() for name in inputs if name != STDIN}
    several = numbered and not (len(inputs) == 1 and Path(inputs[0]).suffix.lower() in _LONE_PAGE_SUFFIXES)
    pictures = [_numbered(path, number + 1) for number in range(_MOST_ANNOTATED if several else 0)]
    if path.resolve() in given:
        raise UsageError(f"{path} is one of the inputs; name another file")
    for output in pictures:
        if output.resolve() in given:
            raise UsageError(
                f"{path} would be written as {output}, which is one of the inputs; name another file"
            )
    if not path.parent.is_dir():
        raise OutputError(f"{path.parent} is not a folder; make it first")
    for output in (path, *(each for each in pictures if each.exists())):
        check_writable(output)


def tell_of_picture(path: Path, shown: int, count: int) -> None:
    """Say on stderr where the annotated picture is, and how many of ``count`` it shows."""
    typer.echo(f"annotated picture: {path}{_first_of(shown, count)}", err=True)


class Gallery:
    """The first pages that were read, as annotated pictures: one in the file that was named, more beside it.

    Where one cannot be written, no more are drawn, and ``write`` tells of it: what is read is worth more.
    """

    def __init__(self, path: Path | None) -> None:
        """Take the path of the picture; None: there is to be none."""
        self._path = path
        self._first: Image.Image | None = None
        self._count = 0
        self._failure: OutputError | None = None

    def add(self, gray: NDArray[np.uint8], page: Page) -> None:
        """Draw a page, read from a uint8 gray image (H, W), unless there are enough."""
        self._count += 1
        if self._path is None or self._failure is not None or self._count > _MOST_ANNOTATED:
            return
        from inkdigits.export import annotate_page

        picture = annotate_page(gray, page)
        if self._count == 1:  # whether another page follows is not known yet
            self._first = picture
            return
        try:
            if self._first is not None:
                write_picture(_numbered(self._path, 1), self._first)
                self._first = None
            write_picture(_numbered(self._path, self._count), picture)
        except OutputError as error:
            self._failure = error

    def write(self) -> None:
        """Write the picture of a lone page, and say where pictures are; nothing where no page was added.

        Raise OutputError where a picture could not be written.
        """
        if self._failure is not None:
            raise self._failure
        if self._path is None or not self._count:
            return
        if self._first is not None:
            write_picture(self._path, self._first)
            tell_of_picture(self._path, 1, 1)
            return
        shown = min(self._count, _MOST_ANNOTATED)
        first, last = _numbered(self._path, 1), _numbered(self._path, shown)
        which = _first_of(shown, self._count)
        typer.echo(f"annotated pictures: {first} to {last.name}{which}", err=True)


def _first_of(shown: int, count: int) -> str:
    return "" if shown == count else f", the first {shown} of {count}"


def _numbered(path: Path, number: int) -> Path:
    """Return the name of one of several pictures: seen.jpg, 7 -> seen-007.jpg."""
    return path.with_name(f"{path.stem}-{number:03d}{path.suffix}")
