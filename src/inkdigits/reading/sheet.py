"""The sheet: the strokes of a page without ruled lines, upright, with its lines of writing level.

Seen at an angle, the lines of a page meet in a point. How the slope of writing, of rules and of boxes changes from the
top of a page to its bottom tells that point, and moving it to infinity levels them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.page_paper import Slopes, Unruled
from inkdigits.reading.strokes import Strokes

__all__ = ["Glyphs", "Sheet", "lies_on_its_side", "make_sheet"]

_HALF_INKED = 110  # of 255
_LEAST_GLYPH = 8  # pixels of a digit's height
_LARGEST_GLYPH = 0.25  # of the page's longer side
_SAMPLED = 400  # glyphs whose nearest neighbor tells the slope
_LEAST_SAMPLED = 8  # of them
_CLEAR = 0.2  # from one half, the share of neighbors that are beside each other
_WEIGHT_OF_PAIR = 0.3
_REACH = 2.2  # glyph heights to that neighbor
_STEEPEST = 0.3  # rise of a line of writing
_PRIOR = 6.0  # weight of level lines that do not meet
_MOST_TAPER = 0.35  # how much larger one end of a line may be seen than its middle


@dataclass(frozen=True)
class Glyphs:
    """Pieces of ink that hang together.

    labels: int32 (h, w), 0 paper, else 1 + the index of a piece. boxes: int32 (N, 4), left, top, width and height.
    areas: int32 (N,), pixels.
    """

    labels: NDArray[np.int32]
    boxes: NDArray[np.int32]
    areas: NDArray[np.int32]


@dataclass(frozen=True)
class Sheet:
    """A page upright, its writing level, at working size.

    glyphs: the ink. erased: uint8 (h, w), 1 where a ruled line, a box or a table was taken out.
    to_image: float64 (3, 3), the homography from here to the image.
    """

    glyphs: Glyphs
    erased: NDArray[np.uint8]
    to_image: NDArray[np.float64]

    @property
    def tall(self) -> NDArray[np.intp]:
        """The indices of the glyphs that may be digits by their size."""
        return _tall(self.glyphs.boxes[:, 2:], self.glyphs.labels.shape)


def _slopes_of_outlines(corners: Sequence[NDArray[np.float64]]) -> Slopes:
    """Return the slopes of the upper and lower sides of quadrilaterals, (4, 2) each, clockwise from top left."""
    sides = [side for one in corners for side in ((one[0], one[1]), (one[3], one[2]))]
    steps = np.array([end - start for start, end in sides]).reshape(-1, 2)
    middles = np.array([(start + end) / 2 for start, end in sides]).reshape(-1, 2)
    level = np.abs(steps[:, 1]) <= _STEEPEST * steps[:, 0]
    return Slopes(middles[level], steps[level, 1] / steps[level, 0], np.abs(steps[level, 0]) / 20.0)


def make_sheet(
    page: Unruled, strokes: Strokes, quarters: int, outlines: Sequence[NDArray[np.float64]]
) -> Sheet:
    """Return the sheet of a page that must be turned counterclockwise by ``quarters`` right angles.

    strokes: where the page is from. outlines: quadrilaterals in the image whose sides are level on the page, (4, 2)
    each, clockwise from the corner that is the top left one of the page once it is turned.
    """
    height, width = page.mask.shape
    turning = _turning(quarters, width, height)
    to_working = np.diag([strokes.scale[0], strokes.scale[1], 1.0])
    turned = np.ascontiguousarray(np.rot90(page.mask, quarters))
    known = [
        _slopes_of_outlines([_mapped(corners, turning @ to_working) for corners in outlines]),
        page.turned_slopes(quarters),
        _slopes_of_writing(page, quarters, turning),
    ]
    level, size = _leveling(known, (turned.shape[1], turned.shape[0]))
    flat = cv2.warpPerspective(turned * np.uint8(255), level, size, flags=cv2.INTER_LINEAR)
    erased = np.ascontiguousarray(np.rot90(page.erased, quarters))
    rules = cv2.warpPerspective(erased, level, size, flags=cv2.INTER_NEAREST)
    inked = (flat > _HALF_INKED).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(inked, connectivity=8)
    to_image = np.linalg.inv(level @ turning @ to_working)
    pieces = np.asarray(stats[1:], np.int32)
    glyphs = Glyphs(np.asarray(labels, np.int32), pieces[:, :4], pieces[:, cv2.CC_STAT_AREA])
    return Sheet(glyphs, np.asarray(rules, np.uint8), np.asarray(to_image, np.float64))


def _mapped(points: NDArray[np.float64], homography: NDArray[np.float64]) -> NDArray[np.float64]:
    mapped = cv2.perspectiveTransform(np.asarray(points, np.float64)[None], homography)
    return np.asarray(mapped[0], np.float64)


def _turning(quarters: int, width: int, height: int) -> NDArray[np.float64]:
    """Return the matrix, (3, 3), that ``numpy.rot90`` applies to x and y in a picture of a size."""
    return np.array(
        [
            [(1, 0, 0), (0, 1, 0), (0, 0, 1)],
            [(0, 1, 0), (-1, 0, width - 1), (0, 0, 1)],
            [(-1, 0, width - 1), (0, -1, height - 1), (0, 0, 1)],
            [(0, -1, height - 1), (1, 0, 0), (0, 0, 1)],
        ][quarters % 4],
        np.float64,
    )


def _tall(sizes: NDArray[np.int32], shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Return which of some sizes, (N, 2), width and height in a picture of a shape, a digit may have."""
    return np.flatnonzero((sizes[:, 1] >= _LEAST_GLYPH) & (sizes[:, 1] <= _LARGEST_GLYPH * max(shape)))


def lies_on_its_side(page: Unruled) -> bool | None:
    """Tell whether the lines of writing on a page stand, as those of a page on its side do; None where it is unclear.

    What follows a letter or a digit is nearer than what is above or below it.
    """
    points, sizes = page.pieces
    points = points[_tall(sizes, page.mask.shape)]
    steps = []
    for index in _chosen(len(points)):
        away = np.abs(points - points[index])
        distance = away.sum(axis=1)
        distance[index] = np.inf
        steps.append(away[distance.argmin()])
    if len(steps) < _LEAST_SAMPLED:
        return None
    standing = float(np.mean([y > x for x, y in steps]))
    return standing > 0.5 if abs(standing - 0.5) >= _CLEAR else None


def _slopes_of_writing(page: Unruled, quarters: int, turning: NDArray[np.float64]) -> Slopes:
    """Return the directions from glyphs to the next ones on their right, where these are level."""
    points, sizes = page.pieces
    tall = _tall(sizes[:, ::-1] if quarters % 2 else sizes, page.mask.shape)
    chosen = _chosen(len(tall))
    if len(tall) < 2:
        return Slopes(np.empty((0, 2)), np.empty(0), np.empty(0))
    points = _mapped(points[tall], turning)
    heights = sizes[tall, 0 if quarters % 2 else 1].astype(np.float64)
    nearest = np.array([_next_of(points, index) for index in chosen])
    step = points[nearest] - points[chosen]
    tall_one, tall_other = heights[chosen], heights[nearest]
    good = (
        (step[:, 0] > 0)
        & (step[:, 0] <= _REACH * tall_one)
        & (np.abs(step[:, 1]) <= _STEEPEST * step[:, 0])
        & (np.maximum(tall_one, tall_other) <= 1.5 * np.minimum(tall_one, tall_other))
    )
    rises = step[good, 1] / step[good, 0]
    return Slopes(points[chosen][good], rises, np.full(len(rises), _WEIGHT_OF_PAIR))


def _chosen(count: int) -> list[int]:
    return list(range(0, count, max(1, -(-count // _SAMPLED))))


def _next_of(points: NDArray[np.float64], index: int) -> int:
    """Return which point is nearest to one on its right; itself where there is none."""
    x, y = (points - points[index]).T
    distance = np.where(x > 0, x + 2 * np.abs(y), np.inf)
    nearest = int(distance.argmin())
    return nearest if np.isfinite(distance[nearest]) else index


def _leveling(slopes: Sequence[Slopes], size: tuple[int, int]) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """Return the homography that levels what is level, (3, 3), and the size of the picture that holds all of it."""
    width, height = size
    middle = width / 2
    points = np.concatenate([one.points for one in slopes])
    rises = np.concatenate([one.rises for one in slopes])
    weights = np.concatenate([one.weights for one in slopes])
    rise, change = 0.0, 0.0  # the slope of the line through (middle, y) is rise + change * (y - height / 2)
    unit = height / 2
    for _ in range(8):
        at_middle = (points[:, 1] - rises * (points[:, 0] - middle) - height / 2) / unit
        residual = rises - rise - change * at_middle
        trusted = weights / (1 + (residual / 0.03) ** 2)
        sides = np.stack([np.ones_like(at_middle), at_middle], axis=1)
        normal = sides.T @ (trusted[:, None] * sides) + np.diag([0.3, _PRIOR])
        rise, change = np.linalg.solve(normal, sides.T @ (trusted * rises)).tolist()
    taper = float(np.clip(change / unit, -_MOST_TAPER / middle, _MOST_TAPER / middle))
    rise = float(np.clip(rise, -_STEEPEST, _STEEPEST))
    to_middle = np.array([(1, 0, -middle), (0, 1, -height / 2), (0, 0, 1)])
    level = np.array([(1, 0, 0), (-rise, 1, 0), (taper, 0, 1)]) @ to_middle
    corners = np.array([[(0, 0), (width, 0), (width, height), (0, height)]], np.float64)
    seen = cv2.perspectiveTransform(corners, level)[0]
    low = seen.min(axis=0)
    level = np.array([(1, 0, -low[0]), (0, 1, -low[1]), (0, 0, 1)]) @ level
    wide, tall = np.ceil(np.ptp(seen, axis=0)).astype(int).tolist()
    return level, (max(1, wide), max(1, tall))
