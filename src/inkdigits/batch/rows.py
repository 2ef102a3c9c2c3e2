"""What a batch writes: a row a field, and a row for whatever could not be read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import pyarrow as pa

from inkdigits.containers import Field, Page, Value

__all__ = ["CSV_SCHEMA", "SCHEMA", "error_row", "field_row", "page_rows", "printable", "to_csv_rows"]

SCHEMA = pa.schema(
    [
        pa.field("source", pa.string(), nullable=False),  # path or address, or LIST#ROW for a row of bytes
        pa.field("page", pa.int32()),  # from 1
        pa.field("field", pa.string()),  # its name on a form
        pa.field("table", pa.int32()),  # of its page, from 0, as are the next two
        pa.field("row", pa.int32()),
        pa.field("column", pa.int32()),
        pa.field("kind", pa.string()),
        pa.field("text", pa.string()),
        pa.field("value", pa.string()),  # a plain number, or a day as 2022-12-16
        pa.field("confidence", pa.float64()),  # 0..1
        pa.field("status", pa.string(), nullable=False),  # ok, review, empty, rejected, or error
        pa.field("alternatives", pa.list_(pa.struct([("text", pa.string()), ("confidence", pa.float64())]))),
        pa.field(
            "box",  # whole pixels, half open
            pa.struct([(side, pa.int32()) for side in ("left", "top", "right", "bottom")]),
        ),
        pa.field("model", pa.string()),
        pa.field("version", pa.string()),
        pa.field("error", pa.string()),
    ]
)
CSV_SCHEMA = pa.schema(
    [pa.field(each.name, pa.string() if pa.types.is_nested(each.type) else each.type) for each in SCHEMA]
)
"""The same for CSV, where alternatives and boxes are JSON."""


def field_row(
    source: str,
    field: Field,
    *,
    page: int = 1,
    place: tuple[int, int, int] | None = None,
    model: str | None = None,
    version: str | None = None,
) -> dict[str, Any]:
    """Return the row of a field; place: its table, row and column."""
    table, row, column = place or (None, None, None)
    return {
        "source": source,
        "page": page,
        "field": field.name,
        "table": table,
        "row": row,
        "column": column,
        "kind": field.kind,
        "text": field.text,
        "value": _plain(field.value),
        "confidence": field.confidence,
        "status": field.status,
        "alternatives": [
            {"text": other.text, "confidence": other.confidence} for other in field.alternatives
        ],
        "box": None
        if field.box is None
        else dict(zip(("left", "top", "right", "bottom"), field.box, strict=True)),
        "model": model,
        "version": version,
        "error": None,
    }


def page_rows(source: str, page: Page) -> Iterator[dict[str, Any]]:
    """Yield a row for each field and each cell of a page; a page with neither is one "empty" row."""
    about = {"page": page.number, "model": page.model, "version": page.version}
    for field in page.fields:
        yield field_row(source, field, **about)  # type: ignore[arg-type]
    for number, table in enumerate(page.tables):
        for row, cells in enumerate(table.cells):
            for column, cell in enumerate(cells):
                yield field_row(source, cell, place=(number, row, column), **about)  # type: ignore[arg-type]
    if not page.fields and not page.tables:
        yield dict.fromkeys(SCHEMA.names) | about | {"source": source, "text": "", "status": "empty"}


def error_row(source: str, error: str, page: int | None = None) -> dict[str, Any]:
    """Return the row of what could not be read."""
    one_line = " ".join(printable(error).split())
    return dict.fromkeys(SCHEMA.names) | {
        "source": source,
        "page": page,
        "status": "error",
        "error": one_line,
    }


def printable(text: str) -> str:
    """Return text with the bytes of a file's name that are no UTF-8 escaped, as in ``caf\\xe9.png``."""
    return text.encode(errors="surrogateescape").decode(errors="backslashreplace")


def to_csv_rows(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows whose lists and boxes are JSON."""
    nested = [each.name for each in SCHEMA if pa.types.is_nested(each.type)]
    return [
        row | {name: None if row[name] is None else json.dumps(row[name]) for name in nested} for row in rows
    ]


def _plain(value: Value | None) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, date) else f"{value:f}" if value % 1 else str(int(value))
