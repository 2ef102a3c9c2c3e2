"""Boxed fields on a page: rectangles with room for writing, and combs, rows of equal boxes with one digit each.

A box is told from a letter by its corners, which are sharp, and by its sides, which are drawn from end to end. Where
writing runs across a side, the paper that the box encloses still has the box's corners. Adjoining boxes of one size
are one comb, with a rule between them or a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.strokes import Strokes
from inkdigits.reading.tables import Grid, find_grids, four_corners

__all__ = ["find_tables_and_boxes", "is_comb"]

_LEAST_SIDE = 14  # of a box, in pixels of the working size
_MOST_SIDE = 0.12  # of a box's shorter side, as a share of the page's longer one; a larger frame is no field
_BEYOND = 0.15  # of a box's shorter side: how far writing across one of its sides reaches
_MOST_HOLES = 60  # in one piece of strokes; what has more is squared paper
_LEAST_FULL = 0.7  # the share of the rectangle around a box, as it is seen at an angle, that is the box
_SHARP = 0.93  # the share of a quadrilateral that is filled by what it is drawn around
_ROUNDING = 0.1  # of a box's shorter side: how far its corners may be rounded off
_RULED = 0.85  # the share of a side, or of the rule between two boxes, that is dark
_DIVIDED = 0.92  # the share of a rule between two boxes of a comb
_DRAWN = 0.6  # of the darkest row along a side: what is a row of its rule
_UNBROKEN = 0.97  # the share of a rule that parts a box
_MOST_DARK = 0.45  # the share of a box's inside that is dark
_REACH = 0.04  # of a box's shorter side: how far a side may bend
_BEND = 0.015  # of its longer side, the same
_FARTHEST = 6  # pixels, the same at most
_SAMPLES = 48  # along a side
_STRIP = 48  # rows of a box that is looked at straight
_SHAPES = (0.33, 1.7)  # width by height of one box of a comb, as it is searched for
_UPRIGHT_SHAPES = (0.25, 1.35)  # and as it is taken for one
_ALIKE = 0.18  # how far boxes of a comb may differ in size, as a share
_GAP = 0.4  # of a box's width, at most, between the boxes of a comb
_MOST_TALL = 1.3  # width by height of a lone box that may be one of a comb


def find_tables_and_boxes(
    gray: NDArray[np.uint8], strokes: Strokes, *, squared: bool = False, lined: bool = False
) -> tuple[list[Grid], list[Grid]]:
    """Return the ruled tables in a uint8 gray image (H, W), and the boxes on it that are not part of them.

    strokes: those of the image, dark on light. squared: whether it is of squared paper, which is no table; lined:
    whether it is of lined paper, which is none though it has a margin.

    A box is a grid of one cell, a comb a grid of one row. Rows are what lies nearest to the image's own axes; a page
    that was photographed lying on its side has combs of one column.
    """
    mask = strokes.without_grain
    largest = _MOST_SIDE * max(mask.shape)
    boxes = [box for box in _rectangles(mask) if min(box.sides) <= largest]
    divided = [_divided(mask, box) for box in boxes]
    apart = [box.corners for box, cells in zip(boxes, divided, strict=True) if box.whole and cells]
    perhaps = [box.corners for box, cells in zip(boxes, divided, strict=True) if not cells]
    grids = [] if squared else find_grids(gray, strokes, apart=apart, perhaps=perhaps)
    if lined:
        grids = [grid for grid in grids if not _is_lined_paper(grid, strokes)]
    outlines = [np.asarray(grid.outline * strokes.scale, np.float32) for grid in grids]
    kept = [
        cells or [box]
        for box, cells in zip(boxes, divided, strict=True)
        if not _is_in(box.middle, outlines) and not any(other.whole and box.holds(other) for other in boxes)
    ]
    combs = [([cell.corners for cell in cells], _in_a_row(cells)) for cells in kept if len(cells) > 1]
    combs += _combs([cells[0] for cells in kept if len(cells) == 1])
    return grids, [
        _as_grid([np.asarray(corners / strokes.scale) for corners in cells], lying) for cells, lying in combs
    ]


def _is_lined_paper(grid: Grid, strokes: Strokes) -> bool:
    """Tell whether a grid of a lined page is open at a side and has no more than two columns, one of them a margin."""
    if min(grid.merged.shape) > 2:
        return False
    corners = grid.corners[[0, 0, -1, -1], [0, -1, -1, 0]] * strokes.scale
    return not _has_sides(strokes.mask, _Rectangle(np.asarray(corners, np.float32)))


def _in_a_row(cells: list[_Rectangle]) -> bool:
    """Tell whether boxes of a comb follow each other to the right, not downward."""
    step = np.abs(np.array(cells[-1].middle) - cells[0].middle)
    return bool(step[0] >= step[1])


def is_comb(grid: Grid) -> bool:
    """Tell whether a grid is a row of equal boxes, no wider than a digit needs."""
    rows, columns = grid.merged.shape
    if rows != 1 or columns < 2 or len(np.unique(grid.merged)) != columns:
        return False
    widths = np.linalg.norm(np.diff(grid.corners, axis=1), axis=2).mean(axis=0)
    heights = np.linalg.norm(np.diff(grid.corners, axis=0), axis=2)
    shape = widths.mean() / heights.mean()
    equal = widths.max() <= (1 + 2 * _ALIKE) * widths.min()
    return bool(equal and _UPRIGHT_SHAPES[0] <= shape <= _UPRIGHT_SHAPES[1])


@dataclass(frozen=True, eq=False)
class _Rectangle:
    """A box in the working picture: its corners, float32 (4, 2), clockwise from the top left."""

    corners: NDArray[np.float32]
    whole: bool = False  # and nothing drawn is joined to it

    @property
    def sides(self) -> tuple[float, float]:
        """Its width and height."""
        ahead = np.linalg.norm(np.roll(self.corners, -1, axis=0) - self.corners, axis=1)
        return float(ahead[0] + ahead[2]) / 2, float(ahead[1] + ahead[3]) / 2

    @property
    def middle(self) -> tuple[float, float]:
        x, y = self.corners.mean(axis=0).tolist()
        return x, y

    def holds(self, other: _Rectangle) -> bool:
        """Tell whether the middle of another box lies within this one, which is larger."""
        if np.prod(self.sides) < 1.5 * np.prod(other.sides):
            return False
        return _is_in(other.middle, [self.corners])


def _is_in(point: tuple[float, float], outlines: Sequence[NDArray[np.float32]]) -> bool:
    return any(cv2.pointPolygonTest(outline, point, False) >= 0 for outline in outlines)


def _rectangles(mask: NDArray[np.uint8]) -> Iterator[_Rectangle]:
    """Yield what is drawn as a rectangle in a mask, uint8 (h, w)."""
    joined = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    contours, nesting = cv2.findContours(joined, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if not len(contours):
        return
    for contour, (_, _, hole, parent) in zip(contours, nesting[0], strict=True):
        if parent >= 0:
            continue
        _, _, width, height = cv2.boundingRect(contour)
        if min(width, height) < _LEAST_SIDE:
            continue
        whole = _rectangle(np.asarray(contour, np.int32), mask)
        if whole is not None:
            yield _Rectangle(_inward(whole, mask), whole=True)
            continue
        holes, index = [], hole
        while index >= 0:
            if _has_more_than_sides(cv2.boundingRect(contours[index]), cv2.boundingRect(contour)):
                holes.append(contours[index])
            index = nesting[0][index][0]
        if len(holes) <= _MOST_HOLES:
            found = (_rectangle(np.asarray(contour, np.int32), mask) for contour in holes)
            yield from (one for one in found if one is not None)


def _has_more_than_sides(hole: Sequence[int], whole: Sequence[int]) -> bool:
    """Tell whether what is drawn around a hole goes on beyond it, as writing across a box's side does.

    Both are left, top, width, height. Where it does not, it is the frame of the hole alone: a letter, if not a box.
    """
    left, top, width, height = hole
    x, y, wide, high = whole
    beyond = (left - x, top - y, x + wide - left - width, y + high - top - height)
    return min(width, height) >= _LEAST_SIDE and max(beyond) - min(beyond) >= _BEYOND * min(width, height)


def _rectangle(contour: NDArray[np.int32], mask: NDArray[np.uint8]) -> _Rectangle | None:
    """Return the rectangle that a contour is, if its corners are sharp and its sides drawn."""
    hull = np.asarray(cv2.convexHull(contour), np.int32)
    _, (width, height), _ = cv2.minAreaRect(hull)
    if min(width, height) < _LEAST_SIDE or cv2.contourArea(hull) < _LEAST_FULL * width * height:
        return None
    corners = _fitted(contour[:, 0], four_corners(hull))
    area = cv2.contourArea(corners)
    if not area or not _SHARP <= cv2.contourArea(hull) / area <= 1 / _SHARP:
        return None
    box = _Rectangle(corners)
    if min(box.sides) < _LEAST_SIDE or not _has_sides(mask, box):
        return None
    rounding = max(abs(cv2.pointPolygonTest(hull, corner.tolist(), True)) for corner in corners)
    return box if rounding <= 1 + _ROUNDING * min(box.sides) else None


def _fitted(points: NDArray[np.int32], corners: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return corners moved so that the sides between them run along a contour's points, (N, 2)."""
    sides = []
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        length = max(1.0, float(np.linalg.norm(end - start)))
        ahead = (end - start) / length
        along = (points - start) @ ahead
        beside = np.abs((points - start) @ np.array([-ahead[1], ahead[0]]))
        near = (along > 0.1 * length) & (along < 0.9 * length) & (beside <= 2 + 0.04 * length)
        if near.sum() < 2:
            return corners
        x, y, left, top = cv2.fitLine(points[near].astype(np.float32), cv2.DIST_HUBER, 0, 0.01, 0.01).ravel()
        sides.append((float(y), float(-x), float(y * left - x * top)))  # a * x + b * y = c
    fitted = []
    for (a, b, c), (d, e, f) in zip(sides[-1:] + sides[:-1], sides, strict=True):
        across = a * e - b * d
        if abs(across) < 0.3:  # no corner of a rectangle, however it is seen
            return corners
        fitted.append(((c * e - b * f) / across, (a * f - c * d) / across))
    return np.array(fitted, np.float32)


def _has_sides(mask: NDArray[np.uint8], box: _Rectangle) -> bool:
    """Tell whether a box's sides are drawn, and there is paper within."""
    reach = min(_FARTHEST, max(2, round(_REACH * min(box.sides)), round(_BEND * max(box.sides))))
    left, top = np.maximum(np.floor(box.corners.min(axis=0)).astype(int) - reach - 1, 0)
    right, bottom = np.ceil(box.corners.max(axis=0)).astype(int) + reach + 2
    part = mask[top:bottom, left:right]
    thick = cv2.dilate(part, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    corners = box.corners - (left, top)
    along = np.linspace(0.04, 0.96, _SAMPLES)[:, None]
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        points = np.rint(start + (end - start) * along).astype(int)
        x = np.clip(points[:, 0], 0, part.shape[1] - 1)
        y = np.clip(points[:, 1], 0, part.shape[0] - 1)
        if thick[y, x].mean() < _RULED:
            return False
    inside = np.zeros_like(part)
    smaller = corners.mean(axis=0) + (corners - corners.mean(axis=0)) * 0.75
    cv2.fillConvexPoly(inside, np.rint(smaller).astype(np.int32), 1)
    return bool(cv2.mean(part, mask=inside)[0] < _MOST_DARK)


def _inward(box: _Rectangle, mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the corners of a box whose sides run along the outer edges of its rules, moved to their middle."""
    wide, high = (round(_STRIP * side / min(box.sides)) for side in box.sides)
    if max(wide, high) > 100 * _STRIP:
        return box.corners
    strip, to_strip = _straight(mask, box.corners, (wide, high))
    edges = []
    for profile in (
        strip.mean(axis=1),
        strip.mean(axis=1)[::-1],
        strip.mean(axis=0),
        strip.mean(axis=0)[::-1],
    ):
        near = profile[: _STRIP // 5]
        dark = np.flatnonzero(near >= _DRAWN * near.max())
        edges.append(float(dark.mean()) + 0.5 if near.max() > 0 else 0.0)
    top, bottom, left, right = edges
    corners = [(left, top), (wide - right, top), (wide - right, high - bottom), (left, high - bottom)]
    moved = cv2.perspectiveTransform(np.array([corners], np.float64), np.linalg.inv(to_strip))
    return np.asarray(moved[0], np.float32)


def _straight(
    mask: NDArray[np.uint8], corners: NDArray[np.float32], size: tuple[int, int]
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return a quadrilateral of a mask as a rectangle of a size (width, height), 1 for strokes, and the homography."""
    wide, high = size
    target = np.array([(0, 0), (wide, 0), (wide, high), (0, high)], np.float32)
    homography = cv2.getPerspectiveTransform(corners.astype(np.float32), target)
    straight = cv2.warpPerspective(mask * np.uint8(255), homography, size, flags=cv2.INTER_LINEAR)
    return (straight > 100).astype(np.uint8), np.asarray(homography, np.float64)


def _divided(mask: NDArray[np.uint8], box: _Rectangle) -> list[_Rectangle]:
    """Return the equal boxes that rules divide a box into, or the box alone; [] where rules make it a table."""
    width, height = box.sides
    lying = width >= height
    corners = box.corners if lying else np.roll(box.corners, -1, axis=0)
    long, short = max(width, height), min(width, height)
    columns = max(_STRIP, round(_STRIP * long / short))
    if columns > 100 * _STRIP:
        return [box]
    dark, to_strip = _straight(mask, corners, (columns, _STRIP))
    inside = slice(round(0.14 * _STRIP), round(0.86 * _STRIP))
    middle = slice(inside.start, columns - inside.start)
    across = cv2.dilate(dark, np.ones((3, 1), np.uint8))[inside, middle].mean(axis=1)
    if across.max() >= _UNBROKEN:
        return []
    down = cv2.dilate(dark, np.ones((1, 3), np.uint8)).mean(axis=0)
    count = _count(down)
    if count < 2:
        return [] if down[middle].max() >= _UNBROKEN else [box]
    places = np.linspace(0, columns, count + 1)
    ends = np.array([[(place, 0), (place, _STRIP)] for place in places], np.float64)
    edges = cv2.perspectiveTransform(ends, np.linalg.inv(to_strip))  # (count + 1, 2, 2)
    cells = []
    for before, after in pairwise(edges):
        corners = np.array([before[0], after[0], after[1], before[1]], np.float32)
        cells.append(_Rectangle(corners if lying else np.roll(corners, 1, axis=0)))
    return cells


def _count(dark: NDArray[np.float64]) -> int:
    """Return into how many equal boxes a strip is divided, given how dark each of its columns is (0..1)."""
    width = len(dark)
    least, most = (width / _STRIP / shape for shape in _SHAPES[::-1])
    for count in range(int(most), max(2, int(np.ceil(least))) - 1, -1):
        reach = max(2, round(0.07 * width / count))
        places = np.rint(np.arange(1, count) * width / count).astype(int)
        peaks = [dark[max(0, place - reach) : place + reach + 1].max() for place in places]
        if peaks and min(peaks) >= _DIVIDED:
            return count
    return 1


def _combs(boxes: list[_Rectangle]) -> list[tuple[list[NDArray[np.float32]], bool]]:
    """Return boxes, as corners, with those together that are a comb, in order; and whether they lie in a row."""
    left = sorted(boxes, key=lambda box: box.middle)
    combs: list[tuple[list[NDArray[np.float32]], bool]] = []
    for lying in (True, False):
        chains = _chains(left, lying)
        combs += [([box.corners for box in chain], lying) for chain in chains if len(chain) > 1]
        left = [chain[0] for chain in chains if len(chain) == 1]
    return combs + [([box.corners], True) for box in left]


def _chains(boxes: list[_Rectangle], lying: bool) -> list[list[_Rectangle]]:
    """Return boxes with those that adjoin in a row together, or with ``lying`` False those in a column."""
    axis = 0 if lying else 1
    chains: list[list[_Rectangle]] = []
    for box in sorted(boxes, key=lambda box: box.middle[axis]):
        for chain in chains:
            if _adjoin(chain[-1], box, axis):
                chain.append(box)
                break
        else:
            chains.append([box])
    return chains


def _adjoin(box: _Rectangle, other: _Rectangle, axis: int) -> bool:
    """Tell whether another box follows a box of a comb, to the right (axis 0) or below (axis 1)."""
    first, second = np.array(box.sides), np.array(other.sides)
    if (np.abs(first - second) > _ALIKE * np.maximum(first, second)).any():
        return False
    along, across = (first + second)[[axis, 1 - axis]] / 2
    if not across / _MOST_TALL / 2 <= along <= _MOST_TALL * across:
        return False
    step = np.array(other.middle) - np.array(box.middle)
    return bool(0.7 * along < step[axis] < (1 + _GAP) * along and abs(step[1 - axis]) < 0.35 * across)


def _as_grid(cells: list[NDArray[np.float64]], lying: bool) -> Grid:
    """Return boxes in a row, or with ``lying`` False in a column, as a grid; neighbors share their corners."""
    edges = [cells[0][[0, 3]] if lying else cells[0][[0, 1]]]
    for before, after in pairwise(cells):
        ends, starts = (before[[1, 2]], after[[0, 3]]) if lying else (before[[3, 2]], after[[0, 1]])
        edges.append((ends + starts) / 2)
    edges.append(cells[-1][[1, 2]] if lying else cells[-1][[3, 2]])
    corners = np.stack(edges, axis=1) if lying else np.stack(edges)  # (rows + 1, columns + 1, 2)
    merged = np.arange(len(cells), dtype=np.int32)
    return Grid(corners.astype(np.float32), merged[None] if lying else merged[:, None], 1.0)
