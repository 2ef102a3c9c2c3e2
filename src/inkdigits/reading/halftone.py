"""Grays that are made of dots: a scan or picture in black and white, or of few colors, that was dithered.

Dots in rows look like dotted rules, and run through the strokes of digits. Out of focus they are the gray they mean.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["out_of_dots"]

_GRID, _BLOCK = (
    16,
    48,
)  # blocks along each side of the image that are looked at, and pixels along the side of each
_STEP = 16  # gray levels by which a dot differs from both its neighbors; the noise of a camera hardly does
_OF_DOTS = (
    0.25  # the share of such pixels in a block, from which on it is dots; of fine print it is up to 0.15
)
_ENOUGH = 0.1  # the share of blocks
_FOCUS = 1.5  # standard deviation in pixels: dots are two or three pixels apart


def out_of_dots(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a uint8 gray image (H, W) without its dots where much of it is made of them, else the image itself."""
    height, width = gray.shape
    if min(height, width) < 2 * _BLOCK:
        return gray
    tops, lefts = (np.linspace(0, side - _BLOCK, _GRID).astype(int) for side in (height, width))
    blocks = [gray[top : top + _BLOCK, left : left + _BLOCK] for top in tops for left in lefts]
    if np.mean([_share_of_dots(block) > _OF_DOTS for block in blocks]) < _ENOUGH:
        return gray
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), _FOCUS), np.uint8)


def _share_of_dots(block: NDArray[np.uint8]) -> float:
    """Return the share of pixels that are darker, or lighter, than both of their neighbors in a row."""
    levels = block.astype(np.int16)
    before, after = levels[:, 1:-1] - levels[:, :-2], levels[:, 1:-1] - levels[:, 2:]
    return float(np.mean((np.minimum(before, after) > _STEP) | (np.maximum(before, after) < -_STEP)))
