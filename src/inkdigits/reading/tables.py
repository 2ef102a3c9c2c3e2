"""Ruled tables in a gray image: where their cells are, by the crossings of their rules.

Strokes that hang together and span a large area are a candidate. Its hull, taken as four corners, gives a homography
that straightens it; there each rule is followed from strip to strip, so that paper may be curved, and where rules
cross, cells have their corners. A rule that is missing between two cells makes them one merged cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.rules import Rules, find_rules, outer_corners
from inkdigits.reading.strokes import Strokes, find_strokes

__all__ = ["Grid", "find_grids", "four_corners"]

_LEAST_SIDE = 24  # of a table, in pixels of the working size
_LEAST_AREA = 0.004  # of a table's hull, as a share of the image
_MOST_CANDIDATES = 12
_LEAST_CELL_SIDE = 8  # of paper that rules enclose, in pixels of the working size
_FULL = 0.82  # the share of the rectangle around it that a cell fills, seen at an angle; what an arc cuts off has less
_LEAST_CELLS = 3  # that tell where a table is
_UNLIKE = 2.5  # times as long or as short as the sides of most cells are those of what may be none
_MOST_TURNED = 15.0  # degrees by which a side of a table may be turned against those of most of its cells
_BEYOND = (
    0.94  # the share of the strokes' hull that the cells' hull is, below which strokes go beyond the table
)
_ALIKE = 0.15  # by how much the areas of one quadrilateral may differ, as a share
_STRAIGHT_SIDE = 1000  # the longer side of a straightened table, in pixels
_ENLARGED = 2.0  # times its size in the working picture, the same at most
_LEAST_STRAIGHT = 400  # the same, though it is enlarged farther for that
_MARGIN = 24  # around it
_LEAST_CELL = 12  # pixels of the image, from one corner of a cell to the next; in less nobody writes a digit
_MOST_LOOKS = 3  # at a candidate, until its outer rules are where they should be
_RULED = 0.8  # the share of a piece of rule that is dark, from which on it is there
_BARE = 0.4  # and below which it is not
_LEAST_RULED = 0.6  # the share of a grid's pieces that are there


@dataclass(frozen=True)
class Grid:
    """A table's cells.

    corners: float32 (rows + 1, columns + 1, 2), x and y in pixels of the image.
    merged: int32 (rows, columns); cells of one number are one cell, always a rectangle.
    ruled: the share (0..1) of the rules between and around the cells that is there.
    perhaps_one: pairs of cells, by their numbers, which what may be no rule of the table parts.
    """

    corners: NDArray[np.float32]
    merged: NDArray[np.int32]
    ruled: float
    perhaps_one: frozenset[tuple[int, int]] = frozenset()

    @property
    def outline(self) -> NDArray[np.float32]:
        """The corners along the border, float32 (N, 2)."""
        corners = self.corners
        sides = (corners[0], corners[1:, -1], corners[-1, -2::-1], corners[-2:0:-1, 0])
        return np.concatenate(sides)

    def turned(self, quarters: int) -> Grid:
        """Return the grid as it is when the page is turned counterclockwise by ``quarters`` right angles."""
        return replace(self, corners=np.rot90(self.corners, quarters), merged=np.rot90(self.merged, quarters))


def find_grids(
    gray: NDArray[np.uint8],
    strokes: Strokes | None = None,
    *,
    apart: Sequence[NDArray[np.float32]] = (),
    perhaps: Sequence[NDArray[np.float32]] = (),
) -> list[Grid]:
    """Return the ruled tables in a uint8 gray image (H, W), dark rules on light paper, that of most cells first.

    strokes: those of the image, where they are known already. apart: quadrilaterals, float32 (4, 2) in working pixels,
    that are known to be no tables; perhaps: others that may be, however small.

    Rows and columns are those of the table as it lies nearest to the image's own axes; a table of a page that was
    photographed lying on its side is to be ``turned``.
    """
    strokes = strokes or find_strokes(gray)
    if min(strokes.mask.shape) < _LEAST_SIDE:
        return []
    candidates = [*_candidates(strokes.without_grain, apart), *perhaps[:_MOST_CANDIDATES]]
    found = [
        _grid_within(gray, np.asarray(corners / strokes.scale, np.float32), strokes.scale[0])
        for corners in candidates
    ]
    grids: list[Grid] = []
    # The edge of the paper, too, is a candidate, and part of a table on it may be found within. The whole has more.
    for grid in sorted(
        (grid for grid in found if grid is not None), key=lambda grid: -grid.merged.size * grid.ruled
    ):
        if not any(_overlap(grid, other) for other in grids):
            grids.append(grid)
    return grids


def _overlap(grid: Grid, other: Grid) -> bool:
    """Tell whether the middle of one grid lies within the other."""
    pairs = ((grid, other), (other, grid))
    return any(
        cv2.pointPolygonTest(outer.outline, inner.outline.mean(axis=0).tolist(), False) >= 0
        for inner, outer in pairs
    )


def _candidates(
    strokes: NDArray[np.uint8], apart: Sequence[NDArray[np.float32]]
) -> list[NDArray[np.float32]]:
    """Return the corners of what may be a table, float32 (4, 2), clockwise from top left; the largest first."""
    joined = cv2.dilate(strokes, np.ones((3, 3), np.uint8))
    # Outer contours of all strokes, those within others too: the paper's edge may run around the table.
    contours, nesting = cv2.findContours(joined, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for contour, (_, _, hole, parent) in zip(contours, nesting[0] if len(contours) else (), strict=True):
        if parent >= 0:
            continue
        _, _, width, height = cv2.boundingRect(contour)
        if min(width, height) < _LEAST_SIDE:
            continue
        hull = np.asarray(cv2.convexHull(contour), np.int32)
        area = cv2.contourArea(hull)
        if area >= _LEAST_AREA * strokes.size and not any(_is_same(hull, other) for other in apart):
            found.append((area, hull, hole))
    found.sort(key=lambda item: -item[0])
    candidates = []
    for area, hull, hole in found[:_MOST_CANDIDATES]:
        candidates.append(four_corners(hull))
        corners = _around_cells(contours, nesting[0], hole)
        if corners is not None and _LEAST_AREA * strokes.size <= cv2.contourArea(corners) < _BEYOND * area:
            candidates.append(corners)
    return candidates


def _around_cells(
    contours: Sequence[cv2.typing.MatLike], nesting: cv2.typing.MatLike, hole: int
) -> NDArray[np.float32] | None:
    """Return the corners around those holes in a piece of strokes that may be cells, float32 (4, 2); None of few.

    A pen's line, a fold or the ring of a cup that goes on beyond a table belongs to the hull of the strokes, but what
    it encloses beyond it, if anything, is no rectangle of the size of most.

    hole: the first of them, as ``cv2.findContours`` tells their nesting.
    """
    hulls, sizes = [], []
    while hole >= 0:
        hull = np.asarray(cv2.convexHull(contours[hole]), np.int32)
        _, sides, _ = cv2.minAreaRect(hull)
        if min(sides) >= _LEAST_CELL_SIDE and cv2.contourArea(hull) >= _FULL * sides[0] * sides[1]:
            hulls.append(hull)
            sizes.append((min(sides), max(sides)))
        hole = nesting[hole][0]
    if len(hulls) < _LEAST_CELLS:
        return None
    shares = np.array(sizes) / np.median(sizes, axis=0)
    unusual = np.maximum(shares, 1 / shares).max(axis=1) > _UNLIKE
    cells = [hull for hull, flag in zip(hulls, unusual.tolist(), strict=True) if not flag]
    return _sides_around(cells) if len(cells) >= _LEAST_CELLS else None


def _sides_around(cells: Sequence[NDArray[np.int32]]) -> NDArray[np.float32]:
    """Return the corners of the quadrilateral around cells, float32 (4, 2), even where those in a corner are missing.

    Its sides are the longest edges of the cells' common hull that run about as the sides of a cell do.
    """
    corners = np.array([four_corners(cell) for cell in cells])
    ahead = np.roll(corners, -1, axis=1) - corners
    ahead = np.median(ahead / np.maximum(np.linalg.norm(ahead, axis=2, keepdims=True), 1e-6), axis=0)
    hull = np.asarray(cv2.convexHull(np.concatenate(cells)), np.int32)
    rough = cv2.approxPolyDP(hull, 0.008 * cv2.arcLength(hull, True), True)[:, 0].astype(np.float64)
    if cv2.contourArea(rough.astype(np.float32), oriented=True) < 0:  # clockwise, as corners are
        rough = rough[::-1]
    edges = np.roll(rough, -1, axis=0) - rough
    lengths = np.linalg.norm(edges, axis=1)
    lines = []
    for direction in ahead:
        cosines = edges @ direction / np.maximum(lengths * np.linalg.norm(direction), 1e-6)
        turned = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
        fitting = lengths * np.maximum(1 - turned / _MOST_TURNED, 0) ** 2
        longest = int(fitting.argmax())
        if not fitting[longest]:
            return four_corners(hull)
        (x, y), (right, down) = rough[longest], edges[longest]
        lines.append(np.cross((x, y, 1.0), (x + right, y + down, 1.0)))
    crossings = np.array([np.cross(lines[side - 1], lines[side]) for side in range(4)])
    if np.abs(crossings[:, 2]).min() < 1e-9:
        return four_corners(hull)
    return np.asarray(crossings[:, :2] / crossings[:, 2:], np.float32)


def _is_same(hull: NDArray[np.int32], corners: NDArray[np.float32]) -> bool:
    """Tell whether a hull, int32 (N, 1, 2), is about the quadrilateral with some corners."""
    distance = np.abs(hull[:, 0].mean(axis=0) - corners.mean(axis=0)).max()
    if distance > 0.5 * np.ptp(corners, axis=0).max():
        return False
    return bool(abs(cv2.contourArea(hull) / max(cv2.contourArea(corners), 1.0) - 1) < _ALIKE)


def four_corners(hull: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return the corners of the quadrilateral that a hull is nearest to, clockwise from the top left."""
    length = cv2.arcLength(hull, True)
    corners = cv2.boxPoints(cv2.minAreaRect(hull))
    for share in np.arange(0.01, 0.1, 0.005):
        rough = cv2.approxPolyDP(hull, float(share) * length, True)
        if len(rough) == 4:
            corners = rough.reshape(4, 2).astype(np.float32)
            break
        if len(rough) < 4:
            break
    middle = corners.mean(axis=0)
    around = np.arctan2(corners[:, 1] - middle[1], corners[:, 0] - middle[0])
    clockwise = corners[np.argsort(around)]
    return np.asarray(np.roll(clockwise, -int(clockwise.sum(axis=1).argmin()), axis=0), np.float32)


def _grid_within(gray: NDArray[np.uint8], quadrilateral: NDArray[np.float32], scale: float) -> Grid | None:
    """Return the grid that fills a quadrilateral, or None where there is none."""
    straight, homography = _straighten(gray, quadrilateral, scale)
    for _ in range(_MOST_LOOKS):
        outer = outer_corners(straight, _MARGIN)
        if outer is None or np.abs(outer - _corners_of(straight)).max() <= _MARGIN / 3:
            break
        if not _is_within(outer, straight.shape):
            return None
        # The strokes beside the table belonged to its hull: its outer rules know better.
        outer = cv2.perspectiveTransform(outer[None].astype(np.float64), np.linalg.inv(homography))[0]
        straight, homography = _straighten(gray, outer.astype(np.float32), scale)
    rules = find_rules(straight, _MARGIN)
    if rules is None:
        return None
    merged = _merged_cells(rules)
    if merged is None:
        return None
    corners = cv2.perspectiveTransform(
        rules.crossings.reshape(1, -1, 2).astype(np.float64), np.linalg.inv(homography)
    )
    sides = [np.diff(corners.reshape(rules.crossings.shape), axis=axis) for axis in (0, 1)]
    if min(np.median(np.linalg.norm(side, axis=2)) for side in sides) < _LEAST_CELL:
        return None
    if not _is_within(corners[0], gray.shape):
        return None
    ruled = float(np.concatenate([rules.across.ravel(), rules.down.ravel()]).mean())
    return Grid(
        corners.reshape(rules.crossings.shape).astype(np.float32), merged, ruled, _perhaps_one(rules, merged)
    )


def _is_within(points: NDArray[np.floating], shape: tuple[int, ...]) -> bool:
    """Tell whether points, float (N, 2), are in a picture of a shape or not far out of it."""
    size = np.array([shape[1], shape[0]])
    return bool((points > -_MARGIN).all() and (points < size + _MARGIN).all())


def _corners_of(straight: NDArray[np.uint8]) -> NDArray[np.float32]:
    right, bottom = straight.shape[1] - _MARGIN, straight.shape[0] - _MARGIN
    return np.array([(_MARGIN, _MARGIN), (right, _MARGIN), (right, bottom), (_MARGIN, bottom)], np.float32)


def _straighten(
    gray: NDArray[np.uint8], quadrilateral: NDArray[np.float32], scale: float
) -> tuple[NDArray[np.uint8], NDArray[np.float64]]:
    """Return the quadrilateral as a rectangle with a margin, and the homography from the image to it.

    scale: working pixels per pixel of the image.
    """
    ahead = np.linalg.norm(np.roll(quadrilateral, -1, axis=0) - quadrilateral, axis=1)
    width, height = max(ahead[0], ahead[2]), max(ahead[1], ahead[3])
    longest = float(max(width, height, 1.0))
    # A table of few cells is not enlarged so far that its rules are broader than what passes for one.
    side = np.clip(_ENLARGED * longest * scale, _LEAST_STRAIGHT, _STRAIGHT_SIDE)
    factor = min(float(side) / longest, max(2.0, _LEAST_STRAIGHT / longest))
    wide, tall = max(1.0, width * factor), max(1.0, height * factor)
    target = np.array([(0, 0), (wide, 0), (wide, tall), (0, tall)], np.float32) + _MARGIN
    left, top = np.maximum(np.floor(quadrilateral.min(axis=0) - _MARGIN / factor), 0).astype(int)
    right, bottom = np.ceil(quadrilateral.max(axis=0) + _MARGIN / factor).astype(int) + 1
    part = gray[top:bottom, left:right]
    shrink = np.ones(2)
    if factor < 1:  # a warp alone would skip pixels, and thin rules with them
        smaller = (max(1, round(part.shape[1] * factor)), max(1, round(part.shape[0] * factor)))
        shrink = np.array([smaller[0] / part.shape[1], smaller[1] / part.shape[0]])
        part = np.asarray(cv2.resize(part, smaller, interpolation=cv2.INTER_AREA), np.uint8)
    source = ((quadrilateral - (left, top)) * shrink).astype(np.float32)
    to_target = cv2.getPerspectiveTransform(source, target)
    size = (int(np.ceil(wide)) + 2 * _MARGIN, int(np.ceil(tall)) + 2 * _MARGIN)
    straight = cv2.warpPerspective(part, to_target, size, borderMode=cv2.BORDER_REPLICATE)
    to_part = np.array([[shrink[0], 0, -left * shrink[0]], [0, shrink[1], -top * shrink[1]], [0, 0, 1]])
    return np.asarray(straight, np.uint8), np.asarray(to_target @ to_part, np.float64)


def _merged_cells(rules: Rules) -> NDArray[np.int32] | None:
    """Return a number for each cell, the same for merged ones; None where this is no table."""
    rows, columns = rules.crossings.shape[0] - 1, rules.crossings.shape[1] - 1
    pieces = np.concatenate([rules.across.ravel(), rules.down.ravel()])
    if rows * columns < 2 or (pieces >= _RULED).mean() < _LEAST_RULED:
        return None
    numbers = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    for row, column in zip(*np.nonzero(rules.across[1:-1] < _BARE), strict=True):
        _join(numbers, (row, column), (row + 1, column))
    for row, column in zip(*np.nonzero(rules.down[:, 1:-1] < _BARE), strict=True):
        _join(numbers, (row, column), (row, column + 1))
    alone = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    for number in np.unique(numbers):
        where = numbers == number
        across, down = np.flatnonzero(where.any(axis=0)), np.flatnonzero(where.any(axis=1))
        rectangle = (slice(down[0], down[-1] + 1), slice(across[0], across[-1] + 1))
        if not where[rectangle].all():  # rules too faint to follow, and no merged cell
            numbers[where] = alone[where]
    return None if len(np.unique(numbers)) < 2 else numbers


def _perhaps_one(rules: Rules, merged: NDArray[np.int32]) -> frozenset[tuple[int, int]]:
    """Return the pairs of cells, by their numbers, between which an odd piece of rule is."""
    below = rules.odd_across[1:-1]  # (rows - 1, columns)
    beside = rules.odd_down[:, 1:-1]  # (rows, columns - 1)
    pairs = [
        *zip(merged[:-1][below].tolist(), merged[1:][below].tolist(), strict=True),
        *zip(merged[:, :-1][beside].tolist(), merged[:, 1:][beside].tolist(), strict=True),
    ]
    return frozenset((one, other) for one, other in pairs if one != other)


def _join(numbers: NDArray[np.int32], first: tuple[int, int], second: tuple[int, int]) -> None:
    numbers[numbers == numbers[second]] = numbers[first]
