"""A 1 that was stretched: some collections scale each digit's bounding box to one square, whatever its proportions.

A 1 then fills the square, as a block or a band, and looks like an 8, a 5 or a blot. Narrow again, it is a 1.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Box
from inkdigits.reading.normalize import NormalizedDigit, normalize_digit

__all__ = ["narrowed"]

_SQUARE = (0.8, 1.25)  # width to height
_FILLED = 0.85  # of the picture's width and height, by the ink
_WIDTHS = (0.3, 0.45)  # to height: a 1 without a flag, and one with it
_LARGER = 2  # times: a narrow picture needs pixels


def narrowed(gray: NDArray[np.uint8], box: Box) -> list[NormalizedDigit]:
    """Return a digit in a uint8 gray image (H, W) as if it had been stretched to the whole of it; [] where it was not.

    box: of its ink, in pixels of the image. Each image returned has it as its box.
    """
    height, width = gray.shape
    left, top, right, bottom = box
    is_square = _SQUARE[0] <= width / height <= _SQUARE[1]
    if not is_square or right - left < _FILLED * width or bottom - top < _FILLED * height:
        return []
    found = []
    for share in _WIDTHS:
        size = (max(4, round(share * height) * _LARGER), height * _LARGER)
        for digit in normalize_digit(
            np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8)
        )[:1]:
            found.append(NormalizedDigit(digit.image, box))
    return found
