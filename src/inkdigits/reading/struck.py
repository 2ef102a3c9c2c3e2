"""A line through all of the writing: people strike out what does not count."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.unread import STRIP_INK

__all__ = ["is_struck_out"]

_ROWS = (9, 23)  # of a strip's 32, between which a line strikes out what is written
# Columns by which it begins before the writing, and ends after it, at least; where that is a digit with a bar of its
# own; and about a lone digit, which may be all blot.
_OVERSHOOT, _OVERSHOOT_OF_BAR, _OVERSHOOT_OF_LONE = 3, 7, 6
_BARRED = ("7", "47")  # digits whose bar may begin before them, and those whose bar may end after them
_LEAST_LENGTH = 14  # columns
_EDGE = 1  # columns at either side of a strip in which the ink of a rule may be faint
_SLOPES = (0.0, 0.06, -0.06, 0.12, -0.12, 0.18, -0.18)  # rows a column
_THICKEST = 9  # rows of a line, one on either side of it counted in
_ROUND = 2  # pixels about the line that are its own


def is_struck_out(strip: NDArray[np.uint8], text: str, positions: Sequence[float]) -> bool:
    """Tell whether one straight stroke goes through all digits of a strip, uint8 (32, W), and past them on both sides.

    strip: without what is beyond the picture. text: what was read, without spaces; positions: the columns at which its
    symbols stand. A minus, or a mark after the digits, may be the stroke's end. One that goes on to an edge of the
    strip is a rule of the paper.
    """
    digits = [(symbol, place) for symbol, place in zip(text, positions, strict=True) if symbol.isdigit()]
    if not digits:
        return False
    mask = (strip > STRIP_INK).view(np.uint8)
    first, last = round(digits[0][1]) - _OVERSHOOT, round(digits[-1][1]) + _OVERSHOOT
    width = mask.shape[1]
    if first < 1 or last + 1 >= width or not mask[slice(*_ROWS), first : last + 1].any(axis=0).all():
        return False  # most writing has gaps
    before, after = (
        _least_overshoot(digits[end][0] in barred, len(digits))
        for end, barred in zip((0, -1), _BARRED, strict=True)
    )
    for slope in _SLOPES:
        overshoot = _overshoot(mask, slope, first, last)
        if overshoot is not None and overshoot[0] >= before and overshoot[1] >= after:
            return True
    return False


def _least_overshoot(has_bar: bool, count: int) -> int:
    """Return how far a line must go past the outermost of so many digits."""
    if has_bar:
        return _OVERSHOOT_OF_BAR
    return _OVERSHOOT if count > 1 else _OVERSHOOT_OF_LONE


def _overshoot(mask: NDArray[np.uint8], slope: float, first: int, last: int) -> tuple[int, int] | None:
    """Return how far a stroke of a slope begins before all other ink, and ends after it, in columns.

    None where none runs from column ``first`` to ``last``, or where it goes on to an edge.
    """
    height, width = mask.shape
    turn = np.array([[1, 0, 0], [-slope, 1, slope * (first + last) / 2]], np.float32)
    level = cv2.warpAffine(mask, turn, (width, height), flags=cv2.INTER_NEAREST)
    length = max(_LEAST_LENGTH, last - first)
    thick = cv2.dilate(level, np.ones((3, 1), np.uint8))
    lines = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    lines[: _ROWS[0]] = lines[_ROWS[1] :] = 0
    columns = np.flatnonzero(lines.any(axis=0))
    if (
        not len(columns)
        or columns[0] > first
        or columns[-1] < last
        or columns[0] == 0
        or columns[-1] == width - 1
    ):
        return None
    if lines.any(axis=1).sum() > _THICKEST:
        return None  # a blot
    own = cv2.dilate(lines, np.ones((2 * _ROUND + 1, 2 * _ROUND + 1), np.uint8))
    others = np.flatnonzero(((level > 0) & (own == 0)).any(axis=0))
    if not len(others):
        return None  # a lone stroke strikes nothing out
    return int(others[0] - columns[0]), int(columns[-1] - others[-1])
