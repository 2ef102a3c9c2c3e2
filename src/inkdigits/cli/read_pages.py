"""What `inkdigits read` does with files: decode them, read them as whole pages, write the annotated picture."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from inkdigits.cli.app import complain, track
from inkdigits.containers import Page
from inkdigits.errors import ImageError
from inkdigits.files import write_whole

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

__all__ = ["STDIN", "Format", "decode_inputs", "read_pages", "write_document", "write_picture"]

Format = Literal["text", "json", "csv", "hocr", "alto"]
"""How results are written: text and csv as they are read, the others as one document at the end."""

STDIN = "-"
"""The name of an image that comes from stdin."""

_MOST_ANNOTATED = 12


def read_pages(
    names: list[str],
    read_page: Callable[[NDArray[np.uint8]], Page],
    format: Format,
    annotate: Path | None,
    *,
    values: bool,
) -> int:
    """Read images as whole pages, print them, write the annotated picture; return how many could be read.

    values: as csv, cells hold what they mean, not how it is written.
    """
    from inkdigits.export import annotate_page, stack_pictures, tables_to_csv, tables_to_text

    pages: list[Page] = []
    pictures: list[Image.Image] = []
    for name, gray in decode_inputs(track(names, "reading")):
        page = replace(read_page(gray), source=name)
        if not page.tables and not page.fields:
            complain(ImageError(f"{name} has no ruled table that could be found"))
        if format == "text":
            sys.stdout.write(tables_to_text([page]))
        elif format == "csv":
            sys.stdout.write(tables_to_csv([page], titles=len(names) > 1, values=values))
        pages.append(page)
        if annotate is not None and len(pictures) < _MOST_ANNOTATED:
            pictures.append(annotate_page(gray, page))
    write_document(pages, format)
    if annotate is not None and pictures:
        write_picture(annotate, stack_pictures(pictures))
        which = "" if len(pictures) == len(pages) else f", the first {len(pictures)} of {len(pages)}"
        typer.echo(f"annotated picture: {annotate}{which}", err=True)
    return len(pages)


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
        except ImageError as error:
            complain(error)


def write_picture(path: Path, picture: Image.Image) -> None:
    """Write a picture in the format that the path's ending names; the file appears whole or not at all."""
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG" if path.suffix.lower() in (".jpg", ".jpeg") else path.suffix[1:])
    write_whole(path, buffer.getvalue())


def _stdin_bytes() -> bytes:
    if sys.stdin is None:
        raise ImageError("stdin is closed; expected an image")
    return sys.stdin.buffer.read()
