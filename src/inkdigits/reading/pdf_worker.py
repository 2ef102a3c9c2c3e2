"""Renders the pages of a PDF, in a process of its own: ``pdf.py`` starts it and asks for one page at a time.

A PDF is a program, and a small one can keep a renderer busy for years, or fill any memory. In its own process it can be
stopped, its memory is bounded, and where pdfium gives up, nothing else does. So this file imports nothing of inkdigits.

Requests are lines on stdin: first {"path": ...} or {"bytes": how many follow}, then the number of a page each. Answers
are lines on stdout: {"pages": ...}, then {"size": [width, height]} with its RGB bytes behind it, or {"error": ...}.
"""

from __future__ import annotations

import io
import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any, BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

__all__ = [
    "DOTS_PER_INCH",
    "MAX_EMBEDDED_PIXELS",
    "MAX_RENDERED_PIXELS",
    "UnreadablePdfError",
    "open_pdf",
    "render_page",
]

DOTS_PER_INCH = 300
"""The resolution of a page, where it does not take too many pixels."""

MAX_RENDERED_PIXELS = 16_000_000
"""A larger page is rendered at less resolution; A3 at 300 dots an inch has 17.4 million pixels."""

MAX_EMBEDDED_PIXELS = 120_000_000
"""A page that holds a picture of more pixels is refused."""

_LONGEST_SIDE = 30_000  # pixels, of a page that is a ribbon
_POINTS_PER_INCH = 72


class UnreadablePdfError(Exception):
    """What is wrong with a PDF or with one of its pages, as the end of a sentence."""


def open_pdf(source: BinaryIO) -> Any:
    """Return the pypdfium2 document that a stream holds; raise UnreadablePdfError where there is none."""
    try:
        document = pypdfium2.PdfDocument(source)
        # Without it, what was typed into the fields of a form would not show.
        document.init_forms()
    except pypdfium2.PdfiumError as error:
        if error.err_code in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise UnreadablePdfError("is encrypted; save it without its password first") from error
        if error.err_code == pdfium.FPDF_ERR_SUCCESS:  # opened, and nothing in it
            raise UnreadablePdfError("is a PDF without pages") from error
        raise UnreadablePdfError("is a damaged PDF") from error
    return document


def render_page(document: Any, number: int) -> tuple[int, int, bytes]:
    """Return width, height and the RGB bytes, row by row, of a page; ``number`` counts from 1.

    The page stands as its rotation says, annotations and filled-in form fields drawn.
    """
    try:
        with closing(document[number - 1]) as page:
            _refuse_large_pictures(page)
            bitmap = page.render(scale=_scale(*page.get_size()), rev_byteorder=True)
            with closing(bitmap):
                return bitmap.width, bitmap.height, _packed(bitmap)
    except pypdfium2.PdfiumError as error:
        raise UnreadablePdfError("is damaged or missing") from error
    except MemoryError as error:
        raise UnreadablePdfError("needs too much memory") from error


def _scale(width: float, height: float) -> float:
    """Return pixels a point for a page of so many points, a trace less than a whole number would need."""
    width, height = max(width, 1.0), max(height, 1.0)
    scale: float = min(
        DOTS_PER_INCH / _POINTS_PER_INCH,
        (MAX_RENDERED_PIXELS / (width * height)) ** 0.5,
        _LONGEST_SIDE / max(width, height),
    )
    return scale * (1 - 1e-6)  # pypdfium2 rounds up, and 3300.0000001 pixels are not to be 3301


def _refuse_large_pictures(page: Any) -> None:
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]):
        width, height = picture.get_px_size()
        if width * height > MAX_EMBEDDED_PIXELS:
            raise UnreadablePdfError(
                f"holds a picture of {width} x {height} pixels; "
                f"at most {MAX_EMBEDDED_PIXELS // 1_000_000} million are read"
            )


def _packed(bitmap: Any) -> bytes:
    """Return the bytes of a bitmap without what fills up its rows."""
    data, row = memoryview(bitmap.buffer).cast("B"), bitmap.width * bitmap.n_channels
    if row == bitmap.stride:
        return bytes(data)
    starts = range(0, bitmap.height * bitmap.stride, bitmap.stride)
    return b"".join(data[start : start + row] for start in starts)


def _bound_memory(most: int) -> None:
    """Let this process have no more than so many bytes of addresses."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    except (ImportError, ValueError, OSError):
        pass  # not on this system; time is bounded all the same


def _answer(stdout: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    stdout.write(json.dumps(head).encode() + b"\n")
    stdout.write(body)
    stdout.flush()


def _serve(stdin: BinaryIO, stdout: BinaryIO) -> None:
    request = json.loads(stdin.readline())
    try:
        if "path" in request:
            source: BinaryIO = Path(request["path"]).open("rb")  # noqa: SIM115 - until the process ends
        else:
            source = io.BytesIO(stdin.read(request["bytes"]))
        document = open_pdf(source)
    except UnreadablePdfError as error:
        return _answer(stdout, {"error": str(error)})
    except OSError as error:
        return _answer(stdout, {"error": f"cannot be read: {error.strerror}"})
    _answer(stdout, {"pages": len(document)})
    for line in stdin:
        try:
            width, height, pixels = render_page(document, int(line))
        except UnreadablePdfError as error:
            _answer(stdout, {"error": str(error)})
        else:
            _answer(stdout, {"size": [width, height]}, pixels)
    return None


if __name__ == "__main__":
    _bound_memory(int(sys.argv[1]))
    try:
        _serve(sys.stdin.buffer, sys.stdout.buffer)
    except (BrokenPipeError, KeyboardInterrupt):
        sys.exit(1)  # whoever asked has gone
