"""Ink beside a reading that none of its symbols stands for: as tall as digits, such as the n of a "no" or a letter that
is read as a dash, or a point before the first digit, as in .5."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["STRIP_INK", "has_unread_ink"]

STRIP_INK = 110
"""From which gray level on a pixel of a strip is ink."""

_LEAST_HEIGHT, _LEAST_WIDTH, _LEAST_AREA = 14, 5, 20  # of a piece; the sides of a frame are thinner
_LOW = ".,:-="  # the symbols that are no tall piece
_REACH = 1  # columns that a symbol may stand beside its piece
_POINT, _LEAST_POINT = (2, 9), 4  # the sides of a point, and its least area
_FOOT = (20, 31)  # the rows between which a point before a digit stands: where its middle and its end are
_BEFORE = 14  # columns before the first digit


def has_unread_ink(strip: NDArray[np.uint8], text: str, positions: Sequence[float]) -> bool:
    """Tell whether a strip, uint8 (32, W), holds a tall piece of ink, or a point before all digits, that was not read.

    text: what was read, without spaces; positions: the columns at which its symbols stand. Pieces that are cut off by
    an edge of the strip do not count: they are a frame's, or a neighbor's.
    """
    mask = (strip > STRIP_INK).view(np.uint8)
    height, width = mask.shape
    pieces = cv2.connectedComponentsWithStats(mask, connectivity=8)[2][1:]
    x, y, w, h, area = pieces.T
    inside = (x > 0) & (x + w < width) & (y > 0) & (y + h < height)
    places = np.asarray(positions, np.float64)[:, np.newaxis]  # (number of symbols, 1)
    at_piece = (x - _REACH <= places) & (places <= x + w + _REACH)  # (number of symbols, number of pieces)
    tall = (h >= _LEAST_HEIGHT) & (w >= _LEAST_WIDTH) & (area >= _LEAST_AREA)
    as_tall = at_piece[[symbol not in _LOW for symbol, _ in zip(text, positions, strict=True)]].any(axis=0)
    if (inside & tall & ~as_tall).any():
        return True
    unread = inside & ~at_piece.any(axis=0)
    if not len(places) or not (at_piece[0] & (h >= _LEAST_HEIGHT)).any():
        return False
    first = x[at_piece[0] & (h >= _LEAST_HEIGHT)].min()
    round_ = (np.minimum(w, h) >= _POINT[0]) & (np.maximum(w, h) <= _POINT[1]) & (area >= _LEAST_POINT)
    low = (y + h / 2 > _FOOT[0]) & (y + h < _FOOT[1])
    near = (x >= first - _BEFORE) & (x + w <= first)
    return bool((unread & round_ & low & near).any())
