"""Where a blank form has boxes to write into: the proposal of a template.

What is enclosed by printed lines, and straight enough, is a cell. Cells side by side in one row, narrow ones, are a
comb of one digit each; cells that hang together in rows and columns are a table; the rest are boxes. A cell in
which words are printed is a heading, and no field.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Box, Kind
from inkdigits.errors import TemplateError
from inkdigits.reading.agreement import flatten_light
from inkdigits.reading.boxes import find_tables_and_boxes
from inkdigits.reading.combs import date_groups
from inkdigits.reading.decode import decode_gray
from inkdigits.reading.strokes import find_strokes
from inkdigits.reading.templates import FieldPlace, Template

__all__ = ["MOST_LEAN", "lean_of_boxes", "propose_fields", "propose_template"]

MOST_LEAN = 0.8
"""Degrees by which boxes may lean; from more on the proposal begins to miss some."""

_PRINTED = 0.2  # the share of the paper's light that a line takes away
_LINE = 0.011  # of the picture's longer side; what is as long may be a line
_LEAST_LINE = 12  # pixels
_LEAST_CELL = 0.009  # of the picture's longer side
_LARGEST_CELL = 0.6  # of the picture's width and height
_FILLED = 0.85  # the share of its box that a cell fills
_THICKEST = 0.007  # of the picture's longer side; cells are neighbors across a line as thick
_LABEL = 0.45  # of a cell's width; print that runs as far is a heading, less is a unit such as %
_NARROW = 1.3  # width by height, up to which a cell is for one digit
_ALIKE = 0.25  # of a cell's height or width, by which those of a comb may differ
_FEWEST_OF_COMB = 3
_WIDEST_GAP = 0.9  # of a cell's width, between the groups of a comb


@dataclass(frozen=True)
class _Cell:
    box: Box
    labeled: bool

    @property
    def width(self) -> int:
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        return self.box[3] - self.box[1]


def propose_template(blank: bytes, blank_name: str | None = None) -> Template:
    """Return a template with a field for each box of a blank form.

    blank: the file of its picture. blank_name: the path under which a template file is to name it; None embeds it.

    Raises ImageError where the picture does not decode, and TemplateError where it has no boxes.
    """
    gray = decode_gray(blank, name=blank_name)
    fields = propose_fields(gray)
    if not fields:
        raise TemplateError(
            f"{blank_name or 'the blank form'} has no boxes or table cells that could be found"
        )
    return Template((gray.shape[1], gray.shape[0]), fields, (), blank, blank_name)


def propose_fields(gray: NDArray[np.uint8]) -> tuple[FieldPlace, ...]:
    """Return the fields of a blank form, uint8 gray (H, W), from top to bottom and from left to right.

    Boxes are called field_1 and so on, cells of tables table1_r2_c3. A comb in groups of two, two and four is a date.
    """
    cells = _find_cells(gray)
    near = _THICKEST * max(gray.shape)
    combs, tables, boxes = [], [], []
    for group in _neighbors(cells, near):
        rows, columns = _ranks(group, 1), _ranks(group, 0)
        if len(set(rows)) > 1:
            tables.append((group, rows, columns))
        elif len(group) > 1 and all(cell.width <= _NARROW * cell.height for cell in group):
            combs.append(group)
        elif len(group) > 2:
            tables.append((group, rows, columns))
        else:
            boxes += group
    found: list[tuple[Box, list[_Cell], Kind]] = []
    for comb in _joined_combs(combs):
        found += _comb_fields(comb)
    for cell in boxes:
        if not cell.labeled:
            found.append((cell.box, [], "digit" if cell.width <= _NARROW * cell.height else "auto"))
    places = [
        FieldPlace(f"field_{number}", box, kind, tuple(cell.box for cell in comb))
        for number, (box, comb, kind) in enumerate(_in_reading_order(found), start=1)
    ]
    tables.sort(key=lambda table: (min(cell.box[1] for cell in table[0]), table[0][0].box[0]))
    places += [
        FieldPlace(f"table{number}_r{row}_c{column}", cell.box, "number")
        for number, (group, rows, columns) in enumerate(tables, start=1)
        for row, column, cell in sorted(zip(rows, columns, group, strict=True), key=lambda item: item[:2])
        if not cell.labeled
    ]
    return tuple(places)


def lean_of_boxes(gray: NDArray[np.uint8]) -> float:
    """Return by how many degrees the boxes and tables of a form, uint8 gray (H, W), lean; 0 without any.

    It is the median over their sides, each against the picture's nearer axis. Unlike the proposal, this finds boxes in
    a photo taken at an angle too.
    """
    tables, boxes = find_tables_and_boxes(gray, find_strokes(gray))
    leans: list[float] = []
    for grid in (*tables, *boxes):
        corners = grid.corners[[0, 0, -1, -1], [0, -1, -1, 0]]
        sides = np.roll(corners, -1, axis=0) - corners
        angles = np.degrees(np.arctan2(sides[:, 1], sides[:, 0])) % 90
        leans += np.minimum(angles, 90 - angles).tolist()
    return float(np.median(leans)) if leans else 0.0


def _find_cells(gray: NDArray[np.uint8]) -> list[_Cell]:
    """Return what is enclosed by printed lines and holds no such cell itself."""
    longest = max(gray.shape)
    printed = (flatten_light(gray) < 255 * (1 - _PRINTED)).astype(np.uint8)
    length = max(_LEAST_LINE, round(_LINE * longest))
    lying = cv2.morphologyEx(printed, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    standing = cv2.morphologyEx(printed, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
    lines = cv2.dilate(np.maximum(lying, standing), np.ones((3, 3), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(1 - lines, connectivity=4)
    least = _LEAST_CELL * longest
    boxes: list[Box] = []
    for left, top, width, height, area in stats[1:count].tolist():
        if (
            min(width, height) >= least
            and area >= _FILLED * width * height
            and width <= _LARGEST_CELL * gray.shape[1]
            and height <= _LARGEST_CELL * gray.shape[0]
        ):
            boxes.append((left, top, left + width, top + height))
    boxes = [box for box in boxes if not any(_holds(box, other) for other in boxes)]
    return [_Cell(_grown(box, gray.shape), _is_labeled(printed, box)) for box in boxes]


def _holds(box: Box, other: Box) -> bool:
    return box != other and all(
        (box[0] <= other[0], box[1] <= other[1], box[2] >= other[2], box[3] >= other[3])
    )


def _grown(box: Box, shape: tuple[int, ...]) -> Box:
    """Return a box with the pixel that lines were made broader by."""
    return max(0, box[0] - 1), max(0, box[1] - 1), min(shape[1], box[2] + 1), min(shape[0], box[3] + 1)


def _is_labeled(printed: NDArray[np.uint8], box: Box) -> bool:
    left, top, right, bottom = box
    inset = 2
    columns = np.flatnonzero(printed[top + inset : bottom - inset, left + inset : right - inset].any(axis=0))
    return len(columns) > 0 and int(np.ptp(columns)) + 1 > _LABEL * (right - left)


def _neighbors(cells: list[_Cell], near: float) -> list[list[_Cell]]:
    """Return cells in groups that hang together, across lines no thicker than ``near`` pixels."""
    groups: list[list[_Cell]] = []
    for cell in cells:
        touched = [group for group in groups if any(_touch(cell.box, other.box, near) for other in group)]
        groups = [group for group in groups if group not in touched]
        groups.append([cell, *(other for group in touched for other in group)])
    return [sorted(group, key=lambda cell: (cell.box[0], cell.box[1])) for group in groups]


def _touch(box: Box, other: Box, near: float) -> bool:
    gap_x = max(box[0], other[0]) - min(box[2], other[2])
    gap_y = max(box[1], other[1]) - min(box[3], other[3])
    along = min(box[3] - box[1], other[3] - other[1]), min(box[2] - box[0], other[2] - other[0])
    return (0 <= gap_x <= near and -gap_y > along[0] / 2) or (0 <= gap_y <= near and -gap_x > along[1] / 2)


def _ranks(group: list[_Cell], axis: int) -> list[int]:
    """Return the number of each cell's row (axis 1) or column (axis 0), from 1; merged cells begin in theirs."""
    starts = sorted({cell.box[axis] for cell in group})
    least = min(cell.box[axis + 2] - cell.box[axis] for cell in group)
    ranks: dict[int, int] = {}
    rank, last = 0, -least
    for start in starts:
        if start - last > least / 2:
            rank, last = rank + 1, start
        ranks[start] = rank
    return [ranks[cell.box[axis]] for cell in group]


def _joined_combs(combs: list[list[_Cell]]) -> list[list[_Cell]]:
    """Return combs, those that go on in the same row after a small gap as one."""
    joined: list[list[_Cell]] = []
    for comb in sorted(combs, key=lambda comb: comb[0].box[0]):
        for before in joined:
            last, first = before[-1], comb[0]
            level = abs(last.box[1] - first.box[1]) + abs(last.box[3] - first.box[3]) < _ALIKE * last.height
            alike = abs(last.width - first.width) < _ALIKE * last.width
            if level and alike and 0 <= first.box[0] - last.box[2] < _WIDEST_GAP * last.width:
                before.extend(comb)
                break
        else:
            joined.append(list(comb))
    return joined


def _comb_fields(comb: list[_Cell]) -> list[tuple[Box, list[_Cell], Kind]]:
    """Return a comb as one field, or the boxes of what is too short for one."""
    written = [cell for cell in comb if not cell.labeled]
    if len(written) < _FEWEST_OF_COMB:
        return [(cell.box, [], "digit") for cell in written]
    edges = np.array([cell.box for cell in written])
    box = (*edges[:, :2].min(axis=0).tolist(), *edges[:, 2:].max(axis=0).tolist())
    return [(box, written, "date" if _is_date([cell.box for cell in written]) else "number")]


def _is_date(cells: list[Box]) -> bool:
    if len(cells) not in (6, 8):
        return False
    gaps = [after[0] - before[2] for before, after in pairwise(cells)]
    # Where gaps say nothing, ``date_groups`` takes a date's usual order.
    return max(gaps) - min(gaps) > _ALIKE * (cells[0][2] - cells[0][0]) and len(date_groups(cells)) == 3


def _in_reading_order(
    found: list[tuple[Box, list[_Cell], Kind]],
) -> list[tuple[Box, list[_Cell], Kind]]:
    """Return boxes row by row: those that are level with the first of a row belong to it."""
    rows: list[list[tuple[Box, list[_Cell], Kind]]] = []
    for one in sorted(found, key=lambda one: one[0][1]):
        if rows and (one[0][1] + one[0][3]) / 2 < rows[-1][0][0][3]:
            rows[-1].append(one)
        else:
            rows.append([one])
    return [one for row in rows for one in sorted(row, key=lambda one: one[0][0])]
