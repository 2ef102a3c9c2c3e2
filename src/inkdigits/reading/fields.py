"""The fields of a page that are not in a table: what boxes, combs and free writing are read as, in reading order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Field, Symbol
from inkdigits.reading.cells import Cell, box_around, cut, placed
from inkdigits.reading.doubts import is_cut_off, is_stick, wants_a_look
from inkdigits.reading.free import Group, cut_groups
from inkdigits.reading.ink import confidence_of_empty
from inkdigits.reading.patches import PatchReader
from inkdigits.reading.sheet import Sheet
from inkdigits.reading.tables import Grid

__all__ = [
    "PlacedField",
    "boxed_fields",
    "doubted",
    "fits",
    "free_fields",
    "in_reading_order",
    "read_written",
]

_TRACE = 0.12  # of the strength of the strokes beside it; what is fainter is a trace
_LEAST_CONFIDENCE = 0.7  # of a number that lies free
_LEAST_OF_UNEVEN = 0.9  # the same, where its pieces are of several heights, as letters are
_LEAST_OF_ONE = 0.95  # the same, of a single digit, which many a letter and blot looks like
_EVEN = 0.78  # the height of the lowest piece of a number, as a share of the tallest
_BATCH = 64  # groups that are read at once
_LEAST_FOUND = 0.05  # the share of numbers among them, below which no more are read
_CLUTTER = (
    0.15  # the share of numbers among much that was read, below which a single digit is taken for clutter
)
_WIDEST_SYMBOL = 1.25  # of a group's height
_WIDEST_DIGIT = 0.95  # of its height
_ADJOINING = 0.06  # of a comb's shorter side: how near what adjoins it is
_SAME_LINE = 0.5  # of a field's height: how far its middle may be from that of its line


@dataclass(frozen=True)
class PlacedField:
    """A field, and the quadrilateral around it, float64 (4, 2), clockwise in the image."""

    field: Field
    corners: NDArray[np.float64]


def read_written(cells: list[Cell], reader: PatchReader) -> list[Field]:
    """Read those cells of a page that have more in them than the trace of a rubber, or of the page's other side.

    What is written on a page is of one tone, give or take a pencil; a trace is fainter by far. What is read where
    a line runs through a cell wants review.
    """
    written = _written(cells)
    read = iter(reader.cells([cell.patch for cell in compress(cells, written)]))
    fields = [next(read) if flag else _empty(cell, reader) for cell, flag in zip(cells, written, strict=True)]
    return [
        doubted(field) if field.status == "ok" and cell.is_crossed(field.text) else field
        for cell, field in zip(cells, fields, strict=True)
    ]


def boxed_fields(
    gray: NDArray[np.uint8], boxes: Sequence[Grid], reader: PatchReader, tables: Sequence[Grid] = ()
) -> list[PlacedField]:
    """Return a field for each box of a uint8 gray image (H, W), and one for each comb, a grid of one row.

    tables: the other grids on the page. A comb that adjoins one of them, or another box, wants review: it may be a row
    of a table that was not found as a whole, and its boxes hold a number each.

    The grids must lie as the page is read: their first row is uppermost.
    """
    size = (gray.shape[1], gray.shape[0])
    alone = [(grid, cell) for grid in boxes if grid.merged.size == 1 for cell in cut(gray, grid)]
    fields = read_written([cell for _, cell in alone], reader)
    found = [
        PlacedField(placed(field, cell, size), _corners(grid))
        for field, (grid, cell) in zip(fields, alone, strict=True)
    ]
    combs = [grid for grid in boxes if grid.merged.size > 1]
    cells = [list(cut(gray, grid)) for grid in combs]
    written = iter(_written([cell for comb in cells for cell in comb]))
    filled = [[next(written) for _ in comb] for comb in cells]
    others = [*boxes, *tables]
    corners = np.array([_corners(other) for other in others], np.float32).reshape(-1, 4, 2)
    for grid, comb, flags in zip(combs, cells, filled, strict=True):
        field = _comb_field(comb, flags, reader, box_around(grid.outline, size))
        if _adjoins(grid, corners[[other is not grid for other in others]]):
            field = doubted(field)
        found.append(PlacedField(field, _corners(grid)))
    return found


def free_fields(
    gray: NDArray[np.uint8], sheet: Sheet, groups: list[Group], reader: PatchReader
) -> list[PlacedField]:
    """Return those of a sheet's groups that are numbers, as fields.

    The likeliest are read first. Of a page of print, or of a picture that is no page, the rest is left where hardly any
    of a batch was a number.
    """
    size = (gray.shape[1], gray.shape[0])
    groups = sorted(groups, key=lambda group: (len(group.own) == 1, -group.evenness))
    read = 0
    found: list[tuple[Group, PlacedField]] = []
    words: list[Group] = []
    for start in range(0, len(groups), _BATCH):
        batch = groups[start : start + _BATCH]
        cells = list(cut_groups(sheet, batch, gray))
        fields = _read_groups(batch, [cell.patch for cell in cells], reader)
        kept = [
            (group, PlacedField(placed(field, cell, size), group.corners(sheet)))
            for group, cell, field in zip(batch, cells, fields, strict=True)
            if _is_number(field, group)
        ]
        found += kept
        taken = {id(group) for group, _ in kept}
        words += [group for group in batch if id(group) not in taken]
        read += len(batch)
        if len(kept) < _LEAST_FOUND * len(batch) and len(batch) == _BATCH:
            break
    if read >= _BATCH and len(found) < _CLUTTER * read:
        found = [(group, one) for group, one in found if len(group.own) > 1]
    others = [group for group, one in found if one.field.text != "1"]
    found = [(group, one) for group, one in found if not is_stick(one.field.text, group, others)]
    numbers = [group for group, _ in found]
    return [
        replace(one, field=doubted(one.field))
        if wants_a_look(one.field.text, group, numbers, words) or is_cut_off(one.corners, size)
        else one
        for group, one in found
    ]


def _read_groups(groups: list[Group], patches: list[NDArray[np.uint8]], reader: PatchReader) -> list[Field]:
    """Read each group's patch: as one digit where it is one piece no wider than that, else as something longer."""
    lone = [
        len(group.own) == 1 and group.box[2] - group.box[0] <= _WIDEST_DIGIT * group.height
        for group in groups
    ]
    digits = iter(reader.digits([patch for patch, flag in zip(patches, lone, strict=True) if flag]))
    longer = iter(reader.lines([patch for patch, flag in zip(patches, lone, strict=True) if not flag]))
    return [next(digits) if flag else next(longer) for flag in lone]


def _is_number(field: Field, group: Group) -> bool:
    """Tell whether what a group was read as is likely enough, given how many pieces it has and how even they are."""
    even = group.evenness >= _EVEN
    is_one = len(group.own) == 1 or len(field.text) == 1
    least = _LEAST_OF_ONE if is_one else _LEAST_CONFIDENCE if even else _LEAST_OF_UNEVEN
    return field.confidence >= least and fits(field.text, group)


def doubted(field: Field) -> Field:
    """Return a field that wants review where it was sure."""
    return replace(field, status="review") if field.status == "ok" else field


def fits(text: str, group: Group) -> bool:
    """Tell whether a group has about as many pieces, and is about as wide, as a text of digits and marks."""
    digits = sum(symbol.isdigit() for symbol in text)
    if not digits or len(group.tall) > len(text) + 1:
        return False
    left, _, right, _ = group.box
    return bool((right - left) / group.height <= _WIDEST_SYMBOL * len(text))


def in_reading_order(fields: Sequence[PlacedField], sheet: Sheet) -> list[Field]:
    """Return fields line by line, from top to bottom, and each line from left to right, as the sheet lies."""
    if not fields:
        return []
    to_sheet = np.linalg.inv(sheet.to_image)
    corners = cv2.perspectiveTransform(np.concatenate([one.corners for one in fields])[None], to_sheet)
    corners = corners.reshape(-1, 4, 2)
    middles = corners.mean(axis=1)
    heights = np.ptp(corners[..., 1], axis=1)
    lines: list[list[int]] = []
    for index in np.argsort(middles[:, 1]).tolist():
        height = min(heights[index], np.median(heights[lines[-1]])) if lines else 0.0
        if lines and middles[index, 1] - np.mean(middles[lines[-1], 1]) < _SAME_LINE * height:
            lines[-1].append(index)
        else:
            lines.append([index])
    return [fields[index].field for line in lines for index in sorted(line, key=lambda one: middles[one, 0])]


def _written(cells: list[Cell]) -> list[bool]:
    """Tell of each cell whether there is more in it than a trace."""
    if not cells:
        return []
    darkest = [float(np.quantile(cv2.blur(cell.patch, (3, 3)), 0.01)) for cell in cells]
    paper = [max(1.0, float(np.median(cell.patch))) for cell in cells]
    strengths = 1 - np.array(darkest) / np.array(paper)
    return [bool(strength >= _TRACE * np.quantile(strengths, 0.95)) for strength in strengths]


def _empty(cell: Cell, reader: PatchReader) -> Field:
    return Field(reader.kind, "", None, confidence_of_empty(cell.patch), "empty")


def _comb_field(
    cells: list[Cell],
    written: list[bool],
    reader: PatchReader,
    box: tuple[int, int, int, int],
) -> Field:
    """Return what is written in a comb as one field: its boxes side by side, without the rules between them."""
    filled = [index for index, flag in enumerate(written) if flag]
    if not filled:
        return replace(_empty(cells[0], reader), box=box)
    used = cells[filled[0] : filled[-1] + 1]
    height = max(cell.patch.shape[0] for cell in used)
    patches = [cv2.resize(cell.patch, (cell.patch.shape[1], height)) for cell in used]
    (field,) = reader.lines([np.hstack(patches)])
    ends = np.cumsum([patch.shape[1] for patch in patches])
    symbols = tuple(replace(symbol, box=_cell_of(symbol, used, ends).box) for symbol in field.symbols)
    return replace(field, box=box, symbols=symbols)


def _cell_of(symbol: Symbol, cells: list[Cell], ends: NDArray[np.intp]) -> Cell:
    """Return the box of a comb that a symbol stands in; ends: where each box ends among all of them side by side."""
    middle = 0 if symbol.box is None else (symbol.box[0] + symbol.box[2]) / 2
    return cells[min(int(np.searchsorted(ends, middle, side="right")), len(cells) - 1)]


def _adjoins(grid: Grid, others: NDArray[np.float32]) -> bool:
    """Tell whether a grid has a rule in common, or nearly so, with a quadrilateral of others, (N, 4, 2)."""
    corners = _corners(grid)
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    middle, (width, height), angle = cv2.minAreaRect(corners.astype(np.float32))
    reach = 2 * _ADJOINING * float(sides.min())
    around = cv2.boxPoints((middle, (width + reach, height + reach), angle))
    # Few are near enough to be worth the exact answer.
    near = (others.min(axis=1) <= around.max(axis=0)) & (others.max(axis=1) >= around.min(axis=0))
    return any(cv2.intersectConvexConvex(around, other)[0] > 0 for other in others[near.all(axis=1)])


def _corners(grid: Grid) -> NDArray[np.float64]:
    corners = grid.corners[[0, 0, -1, -1], [0, -1, -1, 0]]
    return np.asarray(corners, np.float64)
