"""What `inkdigits read` does with files: decode them, read them as whole pages, write the annotated picture."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import typer

from inkdigits.cli.app import complain, track_counted
from inkdigits.containers import Page
from inkdigits.errors import ImageError, MissingExtraError
from inkdigits.files import write_whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from inkdigits.reading import Document

__all__ = [
    "STDIN",
    "Format",
    "Progress",
    "are_pdfs",
    "decode_inputs",
    "read_pages",
    "write_document",
    "write_picture",
]

Format = Literal["text", "json", "csv", "hocr", "alto"]
"""How results are written: text, csv and json as they are read, the others as one document at the end."""

STDIN = "-"
"""The name of an image that comes from stdin."""

_MOST_ANNOTATED = 12
_MOST_BAD_PAGES = 10  # in a row; a document may claim a million pages that it has not


@dataclass
class Progress:
    """How many pages were read, how many pages and files could not be, and the first pages as annotated pictures."""

    read: int = 0
    failed: int = 0
    pictures: list[Image.Image] = field(default_factory=list)


def read_pages(
    names: list[str],
    read_page: Callable[[NDArray[np.uint8]], Page],
    format: Format,
    annotate: Path | None,
    *,
    values: bool = False,
) -> Progress:
    """Read documents page by page, print each page as it is read, write the annotated picture.

    values: as csv, cells hold what they mean, not how it is written.
    """
    from inkdigits.export import pages_to_json_parts, stack_pictures, tables_to_csv, tables_to_text

    done = Progress()
    pages = _read_each(names, read_page, done, annotated=annotate is not None)
    if format == "json":
        _print_each(pages_to_json_parts(page for page, _ in pages))
    elif format == "text":
        _print_each(tables_to_text([page], numbers=of > 1) for page, of in pages)
    elif format == "csv":
        _print_each(
            tables_to_csv([page], titles=len(names) > 1 or of > 1, numbers=of > 1, values=values)
            for page, of in pages
        )
    else:
        write_document([page for page, _ in pages], format)
    if annotate is not None and done.pictures:
        write_picture(annotate, stack_pictures(done.pictures))
        shown = len(done.pictures)
        which = "" if shown == done.read else f", the first {shown} of {done.read}"
        typer.echo(f"annotated picture: {annotate}{which}", err=True)
    return done


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


def write_document(pages: Sequence[Page], format: Format) -> None:
    """Write pages to stdout as one document; nothing where the format is one that is written page by page."""
    from inkdigits.export import pages_to_alto, pages_to_hocr, pages_to_json

    writers = {"json": pages_to_json, "hocr": pages_to_hocr, "alto": pages_to_alto}
    if format in writers:
        sys.stdout.write(writers[format](pages))


def decode_inputs(names: Iterable[str]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Yield name and gray image of each input that decodes; complain of the others."""
    from inkdigits.reading import decode_gray

    for name in names:
        try:
            yield name, decode_gray(_stdin_bytes(), name="stdin") if name == STDIN else decode_gray(name)
        except (ImageError, MissingExtraError) as error:
            complain(error)


def write_picture(path: Path, picture: Image.Image) -> None:
    """Write a picture in the format that the path's ending names; the file appears whole or not at all."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG" if path.suffix.lower() in (".jpg", ".jpeg") else path.suffix[1:])
    write_whole(path, buffer.getvalue())


@dataclass(frozen=True)
class _Sheet:
    """A page to read: its file, its number there, of how many pages, and its gray image."""

    name: str
    number: int
    of: int
    gray: NDArray[np.uint8]


def _read_each(
    names: list[str], read_page: Callable[[NDArray[np.uint8]], Page], done: Progress, *, annotated: bool
) -> Iterator[tuple[Page, int]]:
    """Yield each page, with how many its document has, and keep count; none is held."""
    from inkdigits.export import annotate_page

    for sheet in track_counted(_sheets(names), "reading", lambda: _count_pages(names)):
        if sheet is None:
            done.failed += 1
            continue
        page = replace(read_page(sheet.gray), source=sheet.name, number=sheet.number)
        if not page.tables and not page.fields:
            what = sheet.name if sheet.of == 1 else f"page {sheet.number} of {sheet.name}"
            complain(ImageError(f"{what} has no table, box or number that could be found"))
        done.read += 1
        if annotated and len(done.pictures) < _MOST_ANNOTATED:
            done.pictures.append(annotate_page(sheet.gray, page))
        yield page, sheet.of


def _sheets(names: list[str]) -> Iterator[_Sheet | None]:
    """Yield the pages of all documents; complain of a page or a document that cannot be read, and yield None for it."""
    for name in names:
        try:
            with _open(name) as document:
                yield from _sheets_of(name, document)
        except (ImageError, MissingExtraError) as error:
            complain(error)
            yield None


def _sheets_of(name: str, document: Document) -> Iterator[_Sheet | None]:
    bad = 0  # in a row
    for number in range(1, len(document) + 1):
        try:
            sheet = _Sheet(name, number, len(document), document.page(number))
        except ImageError as error:
            complain(error)
            bad += 1
            yield None
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

    return open_document(_stdin_bytes(), name="stdin") if name == STDIN else open_document(name)


def _stdin_bytes() -> bytes:
    from inkdigits.reading.sources import read_to_end

    if sys.stdin is None:
        raise ImageError("stdin is closed; expected an image")
    return read_to_end(sys.stdin.buffer, "stdin")


def _print_each(texts: Iterable[str]) -> None:
    """Write to stdout at once, for whoever waits at the other end of a pipe."""
    for text in texts:
        sys.stdout.write(text)
        sys.stdout.flush()
