"""Pages as JSON, CSV or plain text, one string each."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence

from inkdigits.containers import SCHEMA_VERSION, Field, Page

__all__ = [
    "CSV_COLUMNS",
    "inert",
    "pages_to_csv",
    "pages_to_json",
    "pages_to_json_parts",
    "pages_to_text",
    "percent",
]

CSV_COLUMNS = (
    "source",
    "page",
    "name",
    "row",
    "column",
    "kind",
    "text",
    "value",
    "confidence",
    "status",
    "left",
    "top",
    "right",
    "bottom",
)


def pages_to_json(pages: Sequence[Page]) -> str:
    """Return ``{"schema_version": ..., "pages": [...]}``; ``Page.from_dict`` reads each page back."""
    return "".join(pages_to_json_parts(pages))


def pages_to_json_parts(pages: Iterable[Page]) -> Iterator[str]:
    """Yield what ``pages_to_json`` returns piece by piece, each page as soon as it is there, and hold none."""
    yield f'{{\n  "schema_version": {SCHEMA_VERSION},\n  "pages": ['
    is_first = True
    for page in pages:
        text = json.dumps(page.to_dict(), indent=2, ensure_ascii=False)
        yield ("\n" if is_first else ",\n") + "    " + text.replace("\n", "\n    ")
        is_first = False
    yield "]\n}\n" if is_first else "\n  ]\n}\n"


def pages_to_csv(pages: Sequence[Page], *, header: bool = True) -> str:
    """Return one row a field under ``CSV_COLUMNS``; row and column count a table's cells from 1, else are empty.

    Text that a spreadsheet would take for a formula keeps its form: digits and separators alone cannot be one, but
    a source or a name can, and is prefixed with an apostrophe.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    if header:
        writer.writerow(CSV_COLUMNS)
    for page in pages:
        for field, row, column in _walk(page):
            box = ("", "", "", "") if field.box is None else field.box
            value = "" if field.value is None else str(field.value)
            place = (row or "", column or "")
            reading = (field.kind, field.text, value, f"{field.confidence:.4f}", field.status)
            writer.writerow((inert(page.source), page.number, inert(field.name), *place, *reading, *box))
    return buffer.getvalue()


def pages_to_text(pages: Sequence[Page]) -> str:
    """Return a line a field: source, text, confidence in percent and status, with tabs between them.

    Where no text was read there is nothing between its tabs: "-" is a text, a dash.
    """
    lines = [
        f"{page.source or '-'}\t{field.text}\t{percent(field.confidence)}\t{field.status}\n"
        for page in pages
        for field, _, _ in _walk(page)
    ]
    return "".join(lines)


def percent(probability: float) -> str:
    """Return a probability in percent, rounded down: nothing short of certain reads as 100%.

    >>> percent(0.9999)
    '99.9%'
    """
    return f"{math.floor(1000 * probability + 1e-9) / 10:.1f}%"


def _walk(page: Page) -> Iterator[tuple[Field, int | None, int | None]]:
    for field in page.fields:
        yield field, None, None
    for table in page.tables:
        for row, cells in enumerate(table.cells, start=1):
            for column, cell in enumerate(cells, start=1):
                yield cell, row, column


def inert(text: str | None) -> str:
    """Return text for a spreadsheet's cell: with an apostrophe before it where it would be taken for a formula.

    >>> inert("=cmd")
    "'=cmd"
    """
    if text is None:
        return ""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) and len(text) > 1 else text
