"""Filled forms: as CSV one row a page and one column a field, as text one line a field."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date

from inkdigits.containers import MISMATCH, Field, Page
from inkdigits.export.tabular import inert, percent

__all__ = ["FORM_COLUMNS", "forms_to_csv", "forms_to_text"]

FORM_COLUMNS = ("source", "page", "status", "doubtful", "check")
"""What a row of a form begins with; a column a field follows, under its name."""

_BETWEEN_NAMES = "; "


def forms_to_csv(pages: Sequence[Page], names: Sequence[str], *, header: bool = True) -> str:
    """Return a row a page: where it is from, whether it wants review, and the value of each field of ``names``.

    status: "ok"; "review", where ``doubtful`` fields, those that ``check`` names, want a look; "mismatch" for a page
    without fields, one that is no copy of the form; or "unreadable" for one without a size too. A value is a plain
    number, a day as 2022-12-16, or digits as they are written, leading zeros kept; where it cannot be told, the text.
    An empty or rejected field is blank.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    if header:
        writer.writerow([*FORM_COLUMNS, *map(inert, names)])
    for page in pages:
        by_name = {field.name: field for field in page.fields}
        doubtful = [
            name for name in names if name in by_name and by_name[name].status in ("review", "rejected")
        ]
        status = _status(page, doubtful)
        about = (inert(page.source), page.number, status, len(doubtful) if page.fields else "")
        values = [_cell(by_name[name]) if name in by_name else "" for name in names]
        writer.writerow([*about, inert(_BETWEEN_NAMES.join(doubtful)), *values])
    return buffer.getvalue()


def forms_to_text(pages: Sequence[Page]) -> str:
    """Return each page as a line that names its source, a line a field, and an empty one.

    A field's line has its name, text, confidence in percent and status, with tabs between them. Where no text was
    read there is nothing between its tabs, and the status says why: "-" is a text, a dash. A page that is no copy of
    the form has one line, "mismatch".
    """
    lines = []
    for page in pages:
        lines.append(page.source or "-")
        lines += [
            f"{field.name or '-'}\t{field.text}\t{percent(field.confidence)}\t{field.status}"
            for field in page.fields
        ]
        if MISMATCH in page.steps:
            lines.append(MISMATCH)
        lines.append("")
    return "".join(f"{line}\n" for line in lines)


def _status(page: Page, doubtful: Sequence[str]) -> str:
    if not page.fields:
        return "unreadable" if page.size is None else "mismatch"
    return "review" if doubtful else "ok"


def _cell(field: Field) -> str:
    if isinstance(field.value, date):
        return field.value.isoformat()
    if field.value is None or field.text.isdigit():
        return inert(field.text)
    return f"{field.value:f}" if not isinstance(field.value, int) else str(field.value)
