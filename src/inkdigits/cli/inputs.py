"""What commands are given to read: files, stdin, documents of several pages; what does not decode is complained of."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from inkdigits.cli.app import complain, track_counted
from inkdigits.errors import ImageError, MissingExtraError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from inkdigits.reading import Document

__all__ = ["STDIN", "Sheet", "Unread", "are_pdfs", "decode_inputs", "each_sheet", "stdin_bytes"]

STDIN = "-"
"""The name of an image that comes from stdin."""

_MOST_BAD_PAGES = 10  # in a row; a document may claim a million pages that it has not


@dataclass(frozen=True)
class Sheet:
    """A page to read: its file, its number there, of how many pages, and its gray image."""

    name: str
    number: int
    of: int
    gray: NDArray[np.uint8]

    @property
    def title(self) -> str:
        """What messages call it."""
        return self.name if self.of == 1 else f"page {self.number} of {self.name}"


@dataclass(frozen=True)
class Unread:
    """A page, or with number 1 perhaps a whole document, that could not be read, which has been said."""

    name: str
    number: int


def decode_inputs(names: Iterable[str]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield name and gray image of each input that decodes; complain of the others.

    One image is one field: a TIFF of several pages is complained of, too, or all but the first would be lost unseen.
    """
    from inkdigits.reading.documents import decode_one_page

    for name in names:
        try:
            yield name, decode_one_page(stdin_bytes(), "stdin") if name == STDIN else decode_one_page(name)
        except (ImageError, MissingExtraError) as error:
            complain(error)


def each_sheet(names: list[str]) -> Iterator[Sheet | Unread]:
    """Yield the pages of all documents, with a progress bar; none is held.

    A page or a document that cannot be read is complained of, and ``Unread`` in its place.
    """
    yield from track_counted(_sheets(names), "reading", lambda: _count_pages(names))


def are_pdfs(names: list[str]) -> bool:
    """Tell whether all of the inputs are PDFs; nothing is taken from stdin, nor from a pipe."""
    from inkdigits.reading.sources import HEAD_BYTES, is_pdf

    def head(name: str) -> bytes:
        if name == STDIN:
            if sys.stdin is None:
                return b""
            return cast(io.BufferedReader, sys.stdin.buffer).peek(HEAD_BYTES)[:HEAD_BYTES]
        try:
            if not Path(name).is_file():
                return b""
            with Path(name).open("rb") as file:
                return file.read(HEAD_BYTES)
        except (OSError, ValueError):
            return b""  # reading it will tell what is wrong

    return all(is_pdf(head(name)) for name in names)


def _sheets(names: list[str]) -> Iterator[Sheet | Unread]:
    for name in names:
        number = 0
        try:
            with _open(name) as document:
                for sheet in _sheets_of(name, document):
                    number = sheet.number
                    yield sheet
        except (ImageError, MissingExtraError) as error:
            complain(error)
            yield Unread(name, number + 1)


def _sheets_of(name: str, document: Document) -> Iterator[Sheet | Unread]:
    bad = 0  # in a row
    for number in range(1, len(document) + 1):
        try:
            sheet = Sheet(name, number, len(document), document.page(number))
        except ImageError as error:
            complain(error)
            bad += 1
            yield Unread(name, number)
            if bad == _MOST_BAD_PAGES and number < len(document):
                raise ImageError(
                    f"{document.name}: {bad} pages in a row cannot be read; "
                    f"the {len(document) - number} after them are left out"
                ) from error
        else:
            bad = 0
            yield sheet


def _count_pages(names: list[str]) -> int:
    """Return how many pages there are, a document that does not open or comes from stdin counted as one."""
    return sum(_count_pages_of(name) for name in names)


def _count_pages_of(name: str) -> int:
    try:
        if name == STDIN or not Path(name).is_file():  # what can be read only once
            return 1
        with _open(name) as document:
            return len(document)
    except (ImageError, MissingExtraError, OSError):
        return 1


def _open(name: str) -> Document:
    from inkdigits.reading import open_document

    return open_document(stdin_bytes(), name="stdin") if name == STDIN else open_document(name)


def stdin_bytes() -> bytes:
    """Return all that stands in stdin; raise ImageError where it is closed."""
    from inkdigits.reading.sources import read_to_end

    if sys.stdin is None:
        raise ImageError("stdin is closed; expected an image")
    return read_to_end(sys.stdin.buffer, "stdin")
