"""In which order the parts of a page are written: free fields and tables, as one reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from inkdigits.containers import Box, Field, Page, Table

__all__ = ["Lines", "degrees_turned", "merged_cells", "parts_in_order", "runs_in_order"]

Lines = list[list[Field]]
"""Free fields that no table interrupts: rows of fields that stand beside each other."""


def parts_in_order(page: Page) -> Iterator[Field | Table]:
    """Yield free fields and tables from top to bottom of the upright page, those of each sort in their own order.

    A field comes before a table where its middle stands above the table, or where nothing tells.
    """
    tables = list(page.tables)
    for field in page.fields:
        while tables and _is_above(tables[0], field, page):
            yield tables.pop(0)
        yield field
    yield from tables


def runs_in_order(page: Page) -> Iterator[Lines | Table]:
    """Yield tables and runs of free fields between them, in order; a field with a name has a line of its own."""
    run: Lines = []
    for part in parts_in_order(page):
        if isinstance(part, Table):
            if run:
                yield run
            run = []
            yield part
        elif run and _is_beside(run[-1][-1], part, page):
            run[-1].append(part)
        else:
            run.append([part])
    if run:
        yield run


def merged_cells(table: Table) -> Iterator[list[tuple[int, int, int, int, Field]]]:
    """Yield each row of a table as (row, column, rows, columns, field): where a cell begins and how far it reaches.

    Counted from 0. A merged cell is in the row in which it begins; what it covers besides is not repeated.
    """
    covered: set[tuple[int, int]] = set()
    for row, cells in enumerate(table.cells):
        begun = []
        for column, field in enumerate(cells):
            if (row, column) in covered:
                continue
            columns = _reach(field, cells[column + 1 :])
            rows = _reach(field, [other[column] for other in table.cells[row + 1 :] if column < len(other)])
            covered |= {(row + down, column + across) for down in range(rows) for across in range(columns)}
            begun.append((row, column, rows, columns, field))
        yield begun


def degrees_turned(page: Page) -> int:
    """Return by how many degrees counterclockwise the page was turned to be read, as its steps say."""
    turns = [re.fullmatch(r"turn (\d+)", step) for step in page.steps]
    return sum(int(turn[1]) for turn in turns if turn is not None) % 360


def _reach(field: Field, others: tuple[Field, ...] | list[Field]) -> int:
    """Return how many places a field covers: its own, and those after it that are empty and have its box."""
    count = 1
    for other in others:
        if field.box is None or other.box != field.box or other.status != "empty":
            break
        count += 1
    return count


def _is_above(table: Table, field: Field, page: Page) -> bool:
    if table.box is None or field.box is None:
        return False
    _, top, _, bottom = _upright(field.box, page)
    return _upright(table.box, page)[1] <= (top + bottom) / 2


def _is_beside(before: Field, field: Field, page: Page) -> bool:
    """Tell whether a field stands right of the one before it, with the middle of each within the other's height."""
    if before.box is None or field.box is None or before.name is not None or field.name is not None:
        return False
    _, top, right, bottom = _upright(before.box, page)
    left, other_top, _, other_bottom = _upright(field.box, page)
    middle, other_middle = (top + bottom) / 2, (other_top + other_bottom) / 2
    return left >= (right + _upright(before.box, page)[0]) / 2 and (
        top <= other_middle < bottom and other_top <= middle < other_bottom
    )


def _upright(box: Box, page: Page) -> Box:
    """Return a box as it stands on the page turned upright; its steps say by how much the image lies on its side."""
    left, top, right, bottom = box
    width, height = page.size or (0, 0)
    match degrees_turned(page):
        case 90:
            return top, width - right, bottom, width - left
        case 180:
            return width - right, height - bottom, width - left, height - top
        case 270:
            return height - bottom, left, height - top, right
        case _:
            return box
