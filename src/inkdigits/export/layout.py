"""Pages as they look: the rows and columns of their tables and the fields between them, as CSV or with tabs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from inkdigits.containers import Field, Page, Table
from inkdigits.export.order import runs_in_order
from inkdigits.export.tabular import inert

__all__ = ["cell_mark", "tables_to_csv", "tables_to_text"]

_MARKS = {"empty": ".", "rejected": "#"}
_NEGATIVE_NUMBER = re.compile(r"-[0-9.,']+%?")


def tables_to_csv(
    pages: Sequence[Page], *, titles: bool = False, numbers: bool = False, values: bool = False
) -> str:
    """Return pages as a spreadsheet shows them: a row a row, a cell a cell, blank where there is no number.

    A merged cell is written where it begins, and leaves the other places that it covers blank. Fields outside of
    tables stand before, between and after them, as on the page: those beside each other in one row, one with a name
    in a row of its own, after its name. An empty row stands between tables and such fields; with ``titles`` each
    page begins with a row that names its source and ends with an empty one; with ``numbers`` too, that row has "page 2"
    in its second cell.

    Cells hold the text as written: "007", "12,5", "3/4/22". What a spreadsheet makes of that depends on its country.
    With ``values`` they hold what the text means, where that is known: 7, 12.5, 2022-04-03.
    What a spreadsheet would take for a formula is prefixed with an apostrophe.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for page in pages:
        if titles:
            writer.writerow([inert(page.source), *([f"page {page.number}"] if numbers else [])])
        for index, rows in enumerate(_blocks(page, lambda field: _cell(field, values=values))):
            if index:
                buffer.write("\n")
            writer.writerows(rows)
        if titles:
            buffer.write("\n")
    return buffer.getvalue()


def tables_to_text(pages: Sequence[Page], *, numbers: bool = False) -> str:
    """Return each page as a line that names its source and a line a row, tabs between cells, then an empty line.

    A cell shows its text, with "?" after it where it is doubtful; "." is an empty cell and "#" one that holds ink
    but no number. Fields outside of tables are lines as in ``tables_to_csv``. With ``numbers`` the line of the source
    ends with "page 2", after a tab.
    """
    lines = []
    for page in pages:
        lines.append((page.source or "-") + (f"\tpage {page.number}" if numbers else ""))
        blocks = list(_blocks(page, cell_mark))
        for rows in blocks:
            lines += ["\t".join(row) for row in rows]
            lines.append("")
        if not blocks:
            lines.append("")
    return "".join(f"{line}\n" for line in lines)


def cell_mark(field: Field) -> str:
    """Return a field in a few letters: its text, "7?" where it is doubtful, "." for empty and "#" for rejected.

    >>> cell_mark(Field("digit", "7", 7, 0.6, "review"))
    '7?'
    """
    return f"{field.text}?" if field.status == "review" else field.text or _MARKS.get(field.status, "-")


def _blocks(page: Page, write: Callable[[Field], str]) -> Iterator[list[list[str]]]:
    """Yield each table, and each run of fields between tables, as rows of written cells."""
    for run in runs_in_order(page):
        if isinstance(run, Table):
            yield [[write(field) for field in row] for row in run.cells]
        else:
            yield [_line(fields, write) for fields in run]


def _line(fields: list[Field], write: Callable[[Field], str]) -> list[str]:
    texts = [write(field) for field in fields]
    name = fields[0].name
    return texts if name is None else [inert(name), *texts]


def _cell(field: Field, *, values: bool) -> str:
    if values and field.value is not None:
        return f"{field.value:f}" if isinstance(field.value, Decimal) else str(field.value)
    # A minus before a number is a number to a spreadsheet, and to be one.
    return field.text if _NEGATIVE_NUMBER.fullmatch(field.text) else inert(field.text)
