"""Ink beside a reading: pieces as tall as digits that none of its symbols stands for, such as the n of a "no"."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["has_unread_ink"]

_INK = 110  # gray levels of a strip
_LEAST_HEIGHT, _LEAST_WIDTH, _LEAST_AREA = 14, 5, 20  # of a piece; the sides of a frame are thinner
_REACH = 1  # columns that a symbol may stand beside its piece


def has_unread_ink(strip: NDArray[np.uint8], positions: Sequence[float]) -> bool:
    """Tell whether a strip, uint8 (32, W), holds a tall piece of ink at which no symbol was read.

    positions: the columns at which the symbols were read. Pieces that are cut off by an edge of the strip do not count:
    they are a frame's, or a neighbor's.
    """
    mask = (strip > _INK).view(np.uint8)
    height, width = mask.shape
    for x, y, w, h, area in cv2.connectedComponentsWithStats(mask, connectivity=8)[2][1:].tolist():
        inside = x > 0 and x + w < width and y > 0 and y + h < height
        tall = h >= _LEAST_HEIGHT and w >= _LEAST_WIDTH and area >= _LEAST_AREA
        if inside and tall and not any(x - _REACH <= place <= x + w + _REACH for place in positions):
            return True
    return False
