"""The line normalizer: a picture of one field -> a strip of fixed height, ink bright on 0.

The paper is flattened and the polarity settled as for digits (``ink.py``); then the strip is cut so that the writing,
not the picture, has a fixed height: in a photo of a date on a form the digits may be a fifth of the picture's height.
Ruled lines and frames do not count as writing when the height is measured, but they stay in the strip, since only the
model can tell a rule from a minus.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from statistics import median
from typing import Literal, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Box
from inkdigits.reading.ink import InkImage, extract_ink, quantile, to_working_size
from inkdigits.reading.small import find_small_writing

__all__ = ["LOOKS", "STRIP_HEIGHT", "FoundLine", "Look", "NormalizedLine", "find_line", "normalize_line"]

STRIP_HEIGHT = 32
"""Rows of a strip, in pixels."""

_SPECK = 6  # pixels of the working size; what is smaller is no stroke
_WRITING_HEIGHT = 22  # of the strip's rows
_LEAST_FOR_SLOPE = 5  # digits
_LEAST_SLOPE, _STEEPEST = 0.05, 0.3  # rows a column
_FEW_ROWS, _MADE_SMALL = 10, 0.8  # of writing, in working pixels; working pixels a pixel of the picture
_MAX_WIDTH = 512
_MIN_WIDTH = 16


Look = Literal["tight", "whole", "narrow", "broad", "left", "right", "close", "large"]
LOOKS: tuple[Look, ...] = get_args(Look)
"""Ways to cut a strip: what was found to be writing; the picture's whole height and width; what was found made
narrower, and broader; leaning to the left, and to the right; and with less around it, so that it is larger, as it is or
broader. Where it is whole or narrow, faint ink counts as paper."""

# What a look adds above and below the writing, as shares of its height, and what it multiplies the strip's width by.
_ADDED: dict[Look, tuple[float, float]] = {
    "close": (-0.12, -0.12),
    "large": (-0.12, -0.12),
}
_WIDENED: dict[Look, float] = {"narrow": 0.81, "broad": 1.3, "large": 1.2}
_LEANING: dict[Look, float] = {"left": 0.15, "right": -0.15}  # columns a row, downward
_PAPER: dict[Look, float] = {"whole": 0.3, "narrow": 0.3}  # of saturated ink: what is fainter counts as paper


@dataclass(frozen=True)
class NormalizedLine:
    """What the line model sees, and where it came from.

    image: uint8 (32, W), ink bright on 0. box: the part of the original image that the strip shows.
    edges: where the strip ends in the original image, (left, top, right, bottom) in pixels, or beyond it, once the
    writing is level. slope: pixels that it goes down a pixel to the right there, about the middle between the edges.
    """

    image: NDArray[np.uint8]
    box: Box
    edges: tuple[float, float, float, float]
    slope: float = 0.0

    def lowered(self, x: float) -> float:
        """Return by how many pixels the writing at ``x`` of the original image lies lower than in the middle."""
        return self.slope * (x - (self.edges[0] + self.edges[2]) / 2)


@dataclass(frozen=True)
class FoundLine:
    """The writing in a picture.

    ink: of the picture at working size. extent: where the writing stands in it, (left, top, right, bottom), once it is
    level. size: width and height of the picture. slope: rows that the writing goes down a column; it turns about the
    middle of the extent. origin: where in the picture the part begins that was looked at, (x, y) in pixels.
    """

    ink: InkImage
    extent: tuple[int, int, int, int]
    size: tuple[int, int]
    slope: float = 0.0
    origin: tuple[int, int] = (0, 0)

    def cut(self, look: Look = "tight") -> NormalizedLine:
        """Return the writing as a strip, cut as ``look`` says."""
        left, top, right, bottom = self._extent(look)
        margin = (bottom - top) * (STRIP_HEIGHT / _WRITING_HEIGHT - 1) / 2
        upper, lower = top - margin, bottom + margin
        strip_left, strip_right = left - margin, right + margin
        factor = STRIP_HEIGHT / (lower - upper)
        width = round((strip_right - strip_left) * factor * _WIDENED.get(look, 1.0))
        width = int(np.clip(width, _MIN_WIDTH, _MAX_WIDTH))
        stretch = width / (strip_right - strip_left)
        strength = self.ink.ink
        if factor < 0.8:
            strength = np.asarray(cv2.GaussianBlur(strength, (0, 0), 0.4 / factor), np.float32)
        strength = strength * np.float32(255 / self._saturation)
        middle = (self.extent[0] + self.extent[2]) / 2
        matrix = np.array(
            [
                [stretch, 0, -strip_left * stretch],
                [-factor * self.slope, factor, factor * (self.slope * middle - upper)],
            ],
            np.float32,
        )
        lean = _LEANING.get(look, 0.0)
        matrix[0] += lean * (matrix[1] - (0, 0, STRIP_HEIGHT / 2))
        strip = cv2.warpAffine(strength, matrix, (width, STRIP_HEIGHT), flags=cv2.INTER_LINEAR)
        paper = 255 * _PAPER.get(look, 0.0)
        strip = (strip - paper) * (255 / (255 - paper))
        vertical, horizontal = self.ink.scale
        x, y = self.origin
        edges = (
            x + strip_left / horizontal,
            y + upper / vertical,
            x + strip_right / horizontal,
            y + lower / vertical,
        )
        slope = self.slope * horizontal / vertical
        leans = abs(slope) * (edges[2] - edges[0]) / 2
        box = (
            max(0, int(edges[0])),
            max(0, int(edges[1] - leans)),
            min(self.size[0], int(np.ceil(edges[2]))),
            min(self.size[1], int(np.ceil(edges[3] + leans))),
        )
        return NormalizedLine(np.clip(strip, 0, 255).astype(np.uint8), box, edges, slope)

    @property
    def is_small(self) -> bool:
        """Whether the writing has fewer rows than are needed, though the picture has more of them."""
        return self.extent[3] - self.extent[1] < _FEW_ROWS and self.ink.scale[0] < _MADE_SMALL

    @cached_property
    def _saturation(self) -> float:
        left, top, right, bottom = self.extent
        leans = round(abs(self.slope) * (right - left) / 2)
        return _saturation(self.ink, (left, max(0, top - leans), right, bottom + leans))

    def _extent(self, look: Look) -> tuple[float, float, float, float]:
        left, top, right, bottom = self.extent
        if look == "whole":
            rows, columns = self.ink.ink.shape
            unseen = (1 - _WRITING_HEIGHT / STRIP_HEIGHT) / 2
            return 0, unseen * rows, columns, (1 - unseen) * rows
        above, below = _ADDED.get(look, (0.0, 0.0))
        high = bottom - top
        return left, max(0.0, top - above * high), right, bottom + below * high


def normalize_line(gray: NDArray[np.uint8]) -> NormalizedLine | None:
    """Return the writing in a uint8 gray image (H, W) as a strip, or None where nothing is written."""
    found = find_line(gray)
    return None if found is None else found.cut()


def find_line(gray: NDArray[np.uint8]) -> FoundLine | None:
    """Return the writing in a uint8 gray image (H, W), or None where nothing is written."""
    found = _find_line(gray)
    part = None if found is not None and not found.is_small else find_small_writing(gray)
    if part is None:
        return found
    left, top, right, bottom = part
    closer = _find_line(gray[top:bottom, left:right])
    if closer is None:
        return found
    return replace(closer, size=(gray.shape[1], gray.shape[0]), origin=(left, top))


def _find_line(gray: NDArray[np.uint8]) -> FoundLine | None:
    working = to_working_size(gray, line=True)
    for light in working.polarities:
        ink = extract_ink(working, light=light)
        writing = None if ink is None else _writing_extent(ink)
        if ink is not None and writing is not None:
            extent, slope = writing
            return FoundLine(ink, extent, (gray.shape[1], gray.shape[0]), slope)
    return None


def _saturation(found: InkImage, extent: tuple[int, int, int, int]) -> float:
    left, top, right, bottom = extent
    ink = found.ink[top:bottom, left:right]
    strokes = ink[ink > found.threshold]
    return max(quantile(strokes, 0.6), 1.0) if len(strokes) else max(float(ink.max()), 1.0)


def _writing_extent(found: InkImage) -> tuple[tuple[int, int, int, int], float] | None:
    """Return (left, top, right, bottom) in working pixels of the strokes that are writing, level, and their slope."""
    mask = found.mask.astype(np.uint8)
    height, width = mask.shape
    frame_sides = _erase_rules(mask)
    boxes = cv2.connectedComponentsWithStats(mask, connectivity=8)[2][1:]
    boxes = boxes[boxes[:, 4] >= _SPECK]
    if not len(boxes):
        ones = [side for side in frame_sides if _may_be_one(side, mask.shape)]
        boxes = np.array([[*one, one[2] * one[3]] for one in ones], np.int32)
    if not len(boxes):
        return None
    x, y, w, h, area = boxes.T
    flat = (w > 0.5 * width) & (h < 0.15 * height)
    outer = (x < 0.06 * width) | (x + w > 0.94 * width)
    side = (h > 0.12 * height) & (w < 0.14 * height) & (w < 0.4 * h) & outer
    # What is left of a frame: thin, large, and along most edges of the picture.
    near = 0.12 * height
    edges = (x <= near).astype(int) + (y <= near) + (x + w >= width - near) + (y + h >= height - near)
    frame = (edges >= 3) & (area < 0.2 * w * h) & (w > 0.6 * width) & (h > 0.5 * height)
    kept = boxes[~(flat | side | frame)]
    if not len(kept):  # one stroke through all of the writing looks like a frame
        kept = boxes
    # The tallest strokes are digits; what is far smaller and apart in height (dots of a rule, dirt) is left out.
    share = kept[:, 3] / kept[:, 3].max()
    small = (share >= 0.28) & (share < 0.45)
    least = 0.28 if small.sum() > max(2, (share >= 0.45).sum()) else 0.45  # few tall strokes are slashes
    digits = kept[share >= least]
    slope = _slope(digits)
    middle = float(digits[:, 0].min() + (digits[:, 0] + digits[:, 2]).max()) / 2
    if slope:
        kept, digits = _level(kept, slope, middle), _level(digits, slope, middle)
    top, bottom = _rows_of_digits(digits)
    inside = (kept[:, 1] + kept[:, 3] / 2 > top - 2) & (kept[:, 1] < bottom)
    left = int(kept[inside, 0].min())
    right = int((kept[inside, 0] + kept[inside, 2]).max())
    # The side of a frame and a 1 look alike. Near the writing, and farther off where it is no taller, it stays in the
    # strip, for the model to judge.
    tall = bottom - top
    for begin, upper, wide, high in [*boxes[side, :4].tolist(), *frame_sides]:
        alike = upper > top - 0.25 * tall and upper + high < bottom + 0.25 * tall and high > 0.4 * tall
        reach = (1.5 if alike else 0.5) * tall
        if right - 0.5 * tall < begin <= right + reach:
            right = max(right, begin + wide)
        elif left - reach <= begin + wide < left + 0.5 * tall:
            left = min(left, begin)
    right, bottom = max(right, left + 1), max(bottom, top + 2)
    lower = round(
        slope * ((left + right) / 2 - middle)
    )  # marks and sides beside the digits have moved the middle
    return (left, top + lower, right, bottom + lower), slope


def _slope(strokes: NDArray[np.int32]) -> float:
    """Return the rows that a line of digits goes down a column: the median slope between two of them (Theil 1950)."""
    heights = strokes[:, 3]
    usual = strokes[(heights <= 1.3 * np.median(heights)) & (heights >= 0.6 * np.median(heights))]
    if len(usual) < _LEAST_FOR_SLOPE:
        return 0.0
    x, y = usual[:, 0] + usual[:, 2] / 2, usual[:, 1] + usual[:, 3] / 2
    first, second = np.triu_indices(len(usual), 1)
    apart = np.abs(x[second] - x[first])
    far = apart > np.median(usual[:, 3])
    if far.sum() < 2:
        return 0.0
    slope = float(np.median((y[second] - y[first])[far] / (x[second] - x[first])[far]))
    return slope if _LEAST_SLOPE <= abs(slope) <= _STEEPEST else 0.0


def _level(strokes: NDArray[np.int32], slope: float, middle: float) -> NDArray[np.int32]:
    """Return boxes as OpenCV gives them, moved up or down to where they stand once the line is level."""
    moved = strokes.copy()
    moved[:, 1] -= np.rint(slope * (strokes[:, 0] + strokes[:, 2] / 2 - middle)).astype(np.int32)
    return moved


def _may_be_one(side: list[int], shape: tuple[int, ...]) -> bool:
    """Tell whether an upright line, all that there is in a mask of a shape, may be a 1, not the side of a frame.

    It may in a tight crop, too narrow for a frame about nothing; and where it ends short of the picture's edges.
    """
    height, width = shape
    _, top, _, high = side
    return width < height or (top > 0.04 * height and top + high < 0.96 * height)


def _rows_of_digits(strokes: NDArray[np.int32]) -> tuple[int, int]:
    """Return the first row of the digits among ``strokes``, boxes as OpenCV gives them, and the row after the last.

    In a date the slashes, and what hangs together with them, may be twice as tall as the digits.
    """
    tops, heights = strokes[:, 1], strokes[:, 3]
    middle = float(median(heights.tolist()))
    usual = heights <= 1.3 * middle
    spare = 0.15 * middle
    if len(strokes) < 4 or usual.sum() < 3:
        usual[:], spare = True, 0.0
    bottoms = tops + heights
    top = max(float(tops.min()), float(tops[usual].min()) - spare)
    bottom = min(float(bottoms.max()), float(bottoms[usual].max()) + spare)
    return round(top), round(bottom)


def _erase_rules(mask: NDArray[np.uint8]) -> list[list[int]]:
    """Erase straight lines along the edges, in place; return boxes [x, y, width, height] of the upright ones.

    Lines are found a pixel aslant, too; those that lie are longer than a stroke of any digit is.
    """
    height, width = mask.shape
    sides = _long_runs(mask, max(3, round(0.62 * height)), upright=True)
    sides[:, width // 6 : width - width // 6] = 0
    long = round(max(0.45 * width, 0.9 * height))
    if long < width:
        lying = _long_runs(mask, long, upright=False)
        lying[height // 3 : height - height // 3] = 0
        mask[lying > 0] = 0
    mask[sides > 0] = 0
    if not sides.any():
        return []
    boxes = cv2.connectedComponentsWithStats(sides, connectivity=8)[2][1:, :4]
    return [[int(number) for number in box] for box in boxes]


def _long_runs(mask: NDArray[np.uint8], length: int, *, upright: bool) -> NDArray[np.uint8]:
    """Return a mask of what belongs to straight runs of ink of at least ``length`` pixels."""
    run, across = ((1, length), (3, 1)) if upright else ((length, 1), (1, 3))  # columns, rows
    thick = cv2.dilate(mask, np.ones(across[::-1], np.uint8))
    return np.asarray(cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones(run[::-1], np.uint8)), np.uint8)
