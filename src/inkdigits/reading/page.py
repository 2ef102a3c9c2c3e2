"""Reading a whole page: a gray image -> the tables on it, a field for each cell.

``tables.py`` says where cells are. Each is cut out straight, without its rules, and read as a field of its own; and
the page is taken to lie as its cells read best.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Box, Field, Kind, Page, Table
from inkdigits.reading.digits import Reading
from inkdigits.reading.ink import confidence_of_empty
from inkdigits.reading.line import normalize_line
from inkdigits.reading.tables import Grid, find_grids

__all__ = ["Examine", "read_page"]

Examine = Callable[[Sequence[NDArray[np.uint8]], Kind], list[Reading]]
"""Reads gray images as one field each, of a kind."""

_CELL_SIDE = 112  # pixels; a cell's shorter side is cut out no larger
_INSET = 0.08  # of a cell's shorter side, so that its rules stay outside
_STROKE = 0.3  # of a cell's shorter side; no stroke is broader
_TRACE = 0.12  # of the strength of a table's strokes; what is fainter is a trace
_SURELY_ONE = 0.95  # confidence of a digit from which on its cell holds one, if its ink is no wider than
_WIDEST_DIGIT = 1.0  # of a strip's height
_SAMPLE = 12  # cells that tell how a page lies
_CLEARLY_BETTER = 0.05  # mean confidence by which a page that seems to lie on its side must read better


@dataclass(frozen=True)
class _Cell:
    """A cell as it is cut out.

    row, column: of its first corner. patch: uint8 (h, w). to_image: the homography from patch to image, (3, 3).
    box: around the whole cell, in the image.
    """

    row: int
    column: int
    patch: NDArray[np.uint8]
    to_image: NDArray[np.float64]
    box: Box


def read_page(gray: NDArray[np.uint8], kind: Kind, examine: Examine) -> Page:
    """Return the ruled tables in a uint8 gray image (H, W), in reading order, each cell read as ``kind``.

    "auto" decides for each cell whether it holds one digit or something longer.
    """
    height, width = gray.shape
    models: dict[str, str] = {}

    def read(patches: Sequence[NDArray[np.uint8]]) -> list[Field]:
        readings = _read_cells(patches, kind, examine)
        models.update((reading.model.name, reading.model.version) for reading in readings)
        return [reading.field for reading in readings]

    found = [(grid, list(_cut(gray, grid))) for grid in find_grids(gray)]
    quarters = _quarters_to_upright([cell.patch for _, cells in found for cell in cells], read)
    if quarters:
        grids = [grid.turned(quarters) for grid, _ in found]
        found = [(grid, list(_cut(gray, grid))) for grid in grids]
    found = _in_reading_order(found, gray.shape, quarters)
    tables = tuple(
        _as_table(grid, _read_written(cells, kind, read), kind, (width, height)) for grid, cells in found
    )
    turn = (f"turn {90 * quarters}",) if quarters else ()
    return Page(
        tables=tables,
        size=(width, height),
        model="+".join(models) or None,
        version="+".join(models.values()) or None,
        steps=("decode", "tables", *turn, "cells"),
    )


def _read_written(
    cells: list[_Cell], kind: Kind, read: Callable[[Sequence[NDArray[np.uint8]]], list[Field]]
) -> list[tuple[_Cell, Field]]:
    """Read those cells of a table that have more in them than the trace of a rubber, or of the page's other side.

    What is written in a table is of one tone, give or take a pencil; a trace is fainter by far.
    """
    darkest = [float(np.quantile(cv2.blur(cell.patch, (3, 3)), 0.01)) for cell in cells]
    paper = [max(1.0, float(np.median(cell.patch))) for cell in cells]
    strengths = 1 - np.array(darkest) / np.array(paper)
    written = strengths >= _TRACE * np.quantile(strengths, 0.95)
    fields = iter(read([cell.patch for cell in compress(cells, written)]))
    return [
        (cell, next(fields) if flag else Field(kind, "", None, confidence_of_empty(cell.patch), "empty"))
        for cell, flag in zip(cells, written, strict=True)
    ]


def _read_cells(patches: Sequence[NDArray[np.uint8]], kind: Kind, examine: Examine) -> list[Reading]:
    """Read each patch as one field."""
    if kind != "auto":
        return examine(patches, kind)
    readings = examine(patches, "digit")
    perhaps = [
        index
        for index, (patch, reading) in enumerate(zip(patches, readings, strict=True))
        if _may_be_longer(patch, reading.field)
    ]
    lines = examine([patches[index] for index in perhaps], "auto")
    for index, line in zip(perhaps, lines, strict=True):
        if _is_longer(readings[index].field, line.field):
            readings[index] = line
    # What has no value, though nothing says that it has several, is a number more likely than a part of a date.
    unclear = [index for index in perhaps if not _has_meaning(readings[index].field)]
    numbers = examine([patches[index] for index in unclear], "number")
    for index, number in zip(unclear, numbers, strict=True):
        if number.field.value is not None:
            readings[index] = number
    return readings


def _may_be_longer(patch: NDArray[np.uint8], digit: Field) -> bool:
    """Tell whether a cell that was read as a digit is worth another look, as a line."""
    if digit.status == "empty":
        return False
    if digit.confidence < _SURELY_ONE or digit.status == "rejected":
        return True
    line = normalize_line(patch)
    return line is not None and line.image.shape[1] > _WIDEST_DIGIT * line.image.shape[0]


def _is_longer(digit: Field, line: Field) -> bool:
    """Tell whether a cell that was read both ways holds more than the one digit."""
    return len(line.text) > 1 and line.confidence > digit.confidence * 0.5


def _has_meaning(field: Field) -> bool:
    return (
        field.value is not None
        or not field.text
        or any(other.text == field.text for other in field.alternatives)
    )


def _quarters_to_upright(
    patches: list[NDArray[np.uint8]], read: Callable[[Sequence[NDArray[np.uint8]]], list[Field]]
) -> int:
    """Return by how many right angles, counterclockwise, a page must be turned for its cells to read best."""
    contrasts = [float(np.ptp(cv2.blur(patch, (3, 3)))) for patch in patches]
    chosen = [patches[index] for index in np.argsort(contrasts)[::-1][:_SAMPLE]]
    if not chosen:
        return 0
    turned = [np.ascontiguousarray(np.rot90(patch, quarters)) for quarters in range(4) for patch in chosen]
    confidences = [field.confidence if field.text else 0.0 for field in read(turned)]
    means = np.array(confidences).reshape(4, len(chosen)).mean(axis=1)
    best = int(means.argmax())
    return best if means[best] > means[0] + _CLEARLY_BETTER else 0


def _cut(gray: NDArray[np.uint8], grid: Grid) -> Iterator[_Cell]:
    """Yield the cells of a grid, merged ones once, row by row."""
    sides = np.concatenate(
        [
            np.linalg.norm(np.diff(grid.corners, axis=0), axis=2).ravel(),
            np.linalg.norm(np.diff(grid.corners, axis=1), axis=2).ravel(),
        ]
    )
    side = float(np.quantile(sides, 0.25))
    factor = min(1.0, _CELL_SIDE / max(side, 1.0))
    # With some paper around the table, or its corners would be too narrow to tell how they are lit.
    around = np.concatenate([grid.outline - side / 2, grid.outline + side / 2])
    left, top, right, bottom = _box_around(around, (gray.shape[1], gray.shape[0]))
    part = gray[top:bottom, left:right]
    size = (max(1, round(part.shape[1] * factor)), max(1, round(part.shape[0] * factor)))
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    small = _evenly_lit(small, round(_STROKE * side * factor))
    shrink = np.array([size[0] / part.shape[1], size[1] / part.shape[0]])
    to_image = np.array([[1 / shrink[0], 0, left], [0, 1 / shrink[1], top], [0, 0, 1]])
    inset = max(1.0, _INSET * side * factor)
    for number in dict.fromkeys(grid.merged.ravel().tolist()):
        down, across = np.nonzero(grid.merged == number)
        first, last = (down.min(), across.min()), (down.max() + 1, across.max() + 1)
        corners = grid.corners[[first[0], first[0], last[0], last[0]], [first[1], last[1], last[1], first[1]]]
        patch, to_small = _straight((corners - (left, top)) * shrink, inset, small)
        box = _box_around(corners, (gray.shape[1], gray.shape[0]))
        yield _Cell(int(first[0]), int(first[1]), patch, to_image @ to_small, box)


def _evenly_lit(picture: NDArray[np.uint8], widest: int) -> NDArray[np.uint8]:
    """Return a uint8 picture (h, w) on paper of one brightness; ``widest`` is how broad strokes are, in pixels.

    Where the edge of a shadow crosses a cell, the cell alone does not show what is shadow; the table does.
    """
    smooth = cv2.blur(picture, (3, 3))
    kernel = np.ones((widest | 1, widest | 1), np.uint8)
    paper = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    paper = np.maximum(cv2.blur(paper, (3, 3)), 1)
    # The light stays what it is on the whole: in the dark, what shows through from the back is as faint as it looks.
    return np.asarray(cv2.divide(picture, paper, scale=float(np.median(paper))), np.uint8)


def _straight(
    corners: NDArray[np.float64], inset: float, picture: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return a quadrilateral of a picture as a rectangle without its rim, and the homography from that to it."""
    ahead = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = (ahead[0] + ahead[2]) / 2, (ahead[1] + ahead[3]) / 2
    size = (max(2, round(width - 2 * inset)), max(2, round(height - 2 * inset)))
    rim_x, rim_y = (width - size[0]) / 2, (height - size[1]) / 2
    rectangle = np.array(
        [
            (-rim_x, -rim_y),
            (size[0] + rim_x, -rim_y),
            (size[0] + rim_x, size[1] + rim_y),
            (-rim_x, size[1] + rim_y),
        ],
        np.float32,
    )
    to_picture = cv2.getPerspectiveTransform(rectangle, corners.astype(np.float32))
    patch = cv2.warpPerspective(
        picture,
        to_picture,
        size,
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(patch, np.uint8), np.asarray(to_picture, np.float64)


def _as_table(grid: Grid, cells: list[tuple[_Cell, Field]], kind: Kind, size: tuple[int, int]) -> Table:
    rows, columns = grid.merged.shape
    first = {int(grid.merged[cell.row, cell.column]): (cell, field) for cell, field in cells}
    table = []
    for row in range(rows):
        fields = []
        for column in range(columns):
            cell, field = first[int(grid.merged[row, column])]
            if (row, column) == (cell.row, cell.column):
                fields.append(_placed(field, cell, size))
            else:
                fields.append(Field(kind, "", None, 1.0, "empty", box=cell.box))
        table.append(tuple(fields))
    return Table(tuple(table), _box_around(grid.outline, size))


def _placed(field: Field, cell: _Cell, size: tuple[int, int]) -> Field:
    """Return the field of a patch with boxes in the image."""
    symbols = tuple(
        symbol if symbol.box is None else replace(symbol, box=_moved(symbol.box, cell.to_image, size))
        for symbol in field.symbols
    )
    return replace(field, box=cell.box, symbols=symbols)


def _moved(box: Box, to_image: NDArray[np.float64], size: tuple[int, int]) -> Box:
    left, top, right, bottom = box
    corners = np.array([[(left, top), (right, top), (right, bottom), (left, bottom)]], np.float64)
    return _box_around(cv2.perspectiveTransform(corners, to_image)[0], size)


def _box_around(points: NDArray[np.floating], size: tuple[int, int]) -> Box:
    """Return the box around points, float (N, 2), within an image of a width and height."""
    low = np.clip(np.floor(points.min(axis=0)).astype(int), 0, np.array(size) - 1)
    high = np.clip(np.ceil(points.max(axis=0)).astype(int), low + 1, size)
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _in_reading_order(
    found: list[tuple[Grid, list[_Cell]]], shape: tuple[int, ...], quarters: int
) -> list[tuple[Grid, list[_Cell]]]:
    """Return tables from top to bottom of the upright page, and from left to right where they are side by side."""
    height, width = shape

    def upright(grid: Grid) -> NDArray[np.float32]:
        x, y = grid.outline.T
        turned = [(x, y), (y, width - x), (width - x, height - y), (height - y, x)][quarters]
        return np.stack(turned, axis=1)

    bands: list[list[tuple[Grid, list[_Cell]]]] = []
    for one in sorted(found, key=lambda one: float(upright(one[0])[:, 1].min())):
        middle = float(upright(one[0])[:, 1].mean())
        if bands and middle < upright(bands[-1][0][0])[:, 1].max():
            bands[-1].append(one)
        else:
            bands.append([one])
    return [one for band in bands for one in sorted(band, key=lambda one: float(upright(one[0])[:, 0].min()))]
