"""Tables as they look on the page: rows and columns of text, as CSV or with tabs."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from inkdigits.containers import Field, Page
from inkdigits.export.tabular import inert

__all__ = ["cell_mark", "tables_to_csv", "tables_to_text"]

_MARKS = {"empty": ".", "rejected": "#"}


def tables_to_csv(pages: Sequence[Page], *, titles: bool = False, numbers: bool = False) -> str:
    """Return the tables as a spreadsheet shows them: a row a row, a cell a cell, blank where there is no number.

    Tables have an empty row between them; with ``titles`` each page begins with a row that names its source and ends
    with an empty one; with ``numbers`` too, that row has "page 2" in its second cell. What a spreadsheet would take for
    a formula is prefixed with an apostrophe.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for page in pages:
        if titles:
            writer.writerow([inert(page.source), *([f"page {page.number}"] if numbers else [])])
        for index, table in enumerate(page.tables):
            if index:
                buffer.write("\n")
            for row in table.cells:
                writer.writerow([_cell(field) for field in row])
        if titles:
            buffer.write("\n")
    return buffer.getvalue()


def tables_to_text(pages: Sequence[Page], *, numbers: bool = False) -> str:
    """Return each page as a line that names its source and a line a row, tabs between cells, then an empty line.

    A cell shows its text, with "?" after it where it is doubtful; "." is an empty cell and "#" one that holds ink
    but no number. With ``numbers`` the line of the source ends with "page 2", after a tab.
    """
    lines = []
    for page in pages:
        lines.append((page.source or "-") + (f"\tpage {page.number}" if numbers else ""))
        for table in page.tables:
            lines += ["\t".join(cell_mark(field) for field in row) for row in table.cells]
            lines.append("")
        if not page.tables:
            lines.append("")
    return "".join(f"{line}\n" for line in lines)


def cell_mark(field: Field) -> str:
    """Return a field in a few letters: its text, "7?" where it is doubtful, "." for empty and "#" for rejected.

    >>> cell_mark(Field("digit", "7", 7, 0.6, "review"))
    '7?'
    """
    return f"{field.text}?" if field.status == "review" else field.text or _MARKS.get(field.status, "-")


def _cell(field: Field) -> str:
    # A minus before digits is a number to a spreadsheet, and to be one.
    return field.text if field.text.startswith("-") else inert(field.text)
