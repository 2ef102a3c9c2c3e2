"""Reading a whole page: a gray image -> its ruled tables, a field for each cell, and the fields beside them.

``boxes.py`` and ``tables.py`` say where cells and boxes are, ``sheet.py`` and ``free.py`` where writing lies free. All
of it is cut out straight, without rules, and read as fields of their own; and the page is taken to lie as they read
best.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Field, Kind, Page, Table
from inkdigits.reading.boxes import find_tables_and_boxes, is_comb
from inkdigits.reading.cells import Cell, box_around, cut, placed
from inkdigits.reading.fields import (
    boxed_fields,
    doubted,
    fits,
    free_fields,
    in_reading_order,
    read_written,
)
from inkdigits.reading.free import cut_groups, find_groups
from inkdigits.reading.halftone import out_of_dots
from inkdigits.reading.page_paper import Unruled, find_paper_rules, without_rules
from inkdigits.reading.patches import Examine, PatchReader
from inkdigits.reading.sheet import lies_on_its_side, make_sheet
from inkdigits.reading.strokes import Strokes, find_strokes
from inkdigits.reading.tables import Grid

__all__ = ["read_page"]

_SAMPLE = 12  # patches that tell how a page lies
_WRITTEN_SAMPLE = 24  # groups of a page without cells that tell the same
_SURE, _ENOUGH = 0.9, 3  # confidence of a cell that tells, and how many such cells are enough
_CLEARLY_BETTER = 0.05  # mean confidence by which a page that seems to lie on its side must read better


def read_page(gray: NDArray[np.uint8], kind: Kind, examine: Examine, examine_freely: Examine) -> Page:
    """Return what is on a uint8 gray image (H, W) of a page, each field and each cell of a table read as ``kind``.

    examine: reads patches with what is known of them. examine_freely: reads them as if nothing were known, which tells
    how the page lies: upside down, a head that is no number may be one, and 16 in a column of at most 100 is 91.

    Tables, and the fields beside them, come in reading order. "auto" decides for each whether it holds one digit or
    something longer.
    """
    height, width = gray.shape
    gray = out_of_dots(gray)
    reader = PatchReader(examine, kind)
    strokes = find_strokes(gray)
    rules = find_paper_rules(strokes)
    squared = rules.are_squares(strokes)
    grids, boxes = find_tables_and_boxes(
        gray, rules.left_out(strokes) if squared else strokes, squared=squared, lined=rules.are_lines()
    )
    unruled = without_rules(strokes, rules, [grid.outline for grid in (*grids, *boxes)])
    cells = [cell for grid in (*grids, *boxes) for cell in cut(gray, grid)]
    judge = PatchReader(examine_freely, "digit" if kind == "digit" else "auto")
    quarters = _quarters_to_upright(gray, cells, unruled, strokes, judge)
    turned = [grid.turned(quarters) for grid in (*grids, *boxes)]
    fields = [grid for grid in turned if grid.merged.size == 1 or is_comb(grid)]
    tables = [grid for grid in turned if grid.merged.size > 1 and not is_comb(grid)]
    outlines = [grid.corners[[0, 0, -1, -1], [0, -1, -1, 0]].astype(np.float64) for grid in turned]
    sheet = make_sheet(unruled, strokes, quarters, outlines)
    found = boxed_fields(gray, fields, reader, tables)
    found += free_fields(gray, sheet, find_groups(sheet), reader)
    turn = (f"turn {90 * quarters}",) if quarters else ()
    return Page(
        fields=tuple(in_reading_order(found, sheet)),
        tables=tuple(
            _read_table(gray, grid, reader) for grid in _in_reading_order(tables, gray.shape, quarters)
        ),
        size=(width, height),
        model="+".join(reader.models) or None,
        version="+".join(reader.models.values()) or None,
        steps=("decode", "tables", "boxes", *turn, "cells", "writing"),
    )


def _quarters_to_upright(
    gray: NDArray[np.uint8], cells: list[Cell], unruled: Unruled, strokes: Strokes, reader: PatchReader
) -> int:
    """Return by how many right angles, counterclockwise, a page must be turned for what is on it to read best."""
    contrasts = [float(np.ptp(cv2.blur(cell.patch, (3, 3)))) for cell in cells]
    chosen = [cells[index].patch for index in np.argsort(contrasts)[::-1][:_SAMPLE]]
    turned = [np.ascontiguousarray(np.rot90(patch, quarters)) for quarters in range(4) for patch in chosen]
    confidences = [field.confidence if field.text else 0.0 for field in reader.cells(turned)]
    by_turn = np.array(confidences, np.float64).reshape(4, len(chosen))
    if (by_turn >= _SURE).sum(axis=1).max() >= _ENOUGH:
        means = by_turn.mean(axis=1)
        best = int(means.argmax())
        return best if means[best] > means[0] + _CLEARLY_BETTER else 0
    scores = (by_turn**4).sum(axis=1) + _scores_of_writing(gray, unruled, strokes, reader)
    best = int(scores.argmax())
    return best if scores[best] > (1 + _CLEARLY_BETTER) * scores[0] else 0


def _scores_of_writing(
    gray: NDArray[np.uint8], unruled: Unruled, strokes: Strokes, reader: PatchReader
) -> NDArray[np.float64]:
    """Return how well what lies free on a page reads when it is turned by 0 to 3 right angles, float64 (4,)."""
    scores = np.zeros(4)
    standing = lies_on_its_side(unruled)
    for quarters in (0, 1) if standing is None else (int(standing),):
        sheet = make_sheet(unruled, strokes, quarters, [])
        groups = find_groups(sheet)
        chosen = sorted(groups, key=lambda group: (len(group.tall) == 1, -group.evenness))[:_WRITTEN_SAMPLE]
        patches = [cell.patch for cell in cut_groups(sheet, chosen, gray)]
        turned = [np.ascontiguousarray(np.rot90(patch, half)) for half in (0, 2) for patch in patches]
        weights = [
            field.confidence**4 * len(field.text) if fits(field.text, group) else 0.0
            for field, group in zip(reader.lines(turned), [*chosen, *chosen], strict=True)
        ]
        scores[[quarters, quarters + 2]] = np.array(weights).reshape(2, len(chosen)).sum(axis=1)
    return scores


def _read_table(gray: NDArray[np.uint8], grid: Grid, reader: PatchReader) -> Table:
    cells = list(cut(gray, grid))
    fields = read_written(cells, reader)
    rows, columns = grid.merged.shape
    size = (gray.shape[1], gray.shape[0])
    first = {
        int(grid.merged[cell.row, cell.column]): (cell, field)
        for cell, field in zip(cells, fields, strict=True)
    }
    # One number cut in two would be two that read well, or one where the line hides the other.
    for number in {number for pair in grid.perhaps_one for number in pair}:
        cell, field = first[number]
        first[number] = (cell, doubted(field))

    def field_at(row: int, column: int) -> Field:
        cell, field = first[int(grid.merged[row, column])]
        if (row, column) == (cell.row, cell.column):
            return placed(field, cell, size)
        return Field(reader.kind, "", None, 1.0, "empty", box=cell.box)

    table = tuple(tuple(field_at(row, column) for column in range(columns)) for row in range(rows))
    return Table(table, box_around(grid.outline, size))


def _in_reading_order(grids: list[Grid], shape: tuple[int, ...], quarters: int) -> list[Grid]:
    """Return tables from top to bottom of the upright page, and from left to right where they are side by side."""
    height, width = shape

    def upright(grid: Grid) -> NDArray[np.float32]:
        x, y = grid.outline.T
        turned = [(x, y), (y, width - x), (width - x, height - y), (height - y, x)][quarters]
        return np.stack(turned, axis=1)

    bands: list[list[Grid]] = []
    for one in sorted(grids, key=lambda one: float(upright(one)[:, 1].min())):
        middle = float(upright(one)[:, 1].mean())
        if bands and middle < upright(bands[-1][0])[:, 1].max():
            bands[-1].append(one)
        else:
            bands.append([one])
    return [one for band in bands for one in sorted(band, key=lambda one: float(upright(one)[:, 0].min()))]
