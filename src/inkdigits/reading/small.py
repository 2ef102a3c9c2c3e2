"""Writing that is small on its paper: the part of the picture that holds it, to be looked at alone.

Ink is looked for on a picture made small, where a digit in the middle of a whole sheet is a speck.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Box
from inkdigits.reading.ink import at_most, strong_ink

__all__ = ["find_small_writing"]

_SIZE = 768  # of the picture's longer side, in pixels, where strokes are looked for
_LEAST_STROKE = 14  # pixels of the picture; what is smaller is dirt, or cannot be read
_LEAST_SEEN = 8  # the same, on the picture made small
_FRAME = 0.6  # of the picture's width or height: so long is no stroke of small writing
_MARGIN = 0.6  # of the writing's height
_MOST_OF_PICTURE = 0.25  # of its pixels: larger writing is not small


def find_small_writing(gray: NDArray[np.uint8]) -> Box | None:
    """Return the part of a uint8 gray image (H, W) that holds all strokes on it, and little else.

    None where there is no stroke that is surely ink, or where they take much of the picture.
    """
    height, width = gray.shape
    working = at_most(gray, _SIZE)
    mask = strong_ink(working)
    factor = working.scale[0]
    least = max(_LEAST_SEEN, _LEAST_STROKE * factor)
    boxes = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)[2][1:, :4]
    wide, high = boxes[:, 2], boxes[:, 3]
    stroke = (wide < _FRAME * mask.shape[1]) & (high < _FRAME * mask.shape[0])
    tall = boxes[stroke & (high >= least)]
    if not len(tall):
        return None
    tallest = int(tall[:, 3].max())
    strokes = boxes[stroke & (np.maximum(wide, high) >= 0.25 * tallest)]
    margin = _MARGIN * tallest
    left, top = strokes[:, :2].min(axis=0) - margin
    right, bottom = (strokes[:, :2] + strokes[:, 2:]).max(axis=0) + margin
    box = (
        max(0, int(left / factor)),
        max(0, int(top / factor)),
        min(width, int(np.ceil(right / factor))),
        min(height, int(np.ceil(bottom / factor))),
    )
    taken = (box[2] - box[0]) * (box[3] - box[1])
    return box if taken <= _MOST_OF_PICTURE * height * width else None
