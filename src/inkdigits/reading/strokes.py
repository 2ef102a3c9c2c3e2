"""The strokes on a page: what is dark and narrow, at a size at which a page can be searched as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["Strokes", "find_strokes"]

_WORKING_PIXELS = 1_700_000
_WIDEST_STROKE = 15  # pixels of the working size
_DARKEST_PAPER = 64  # gray levels; in a darker part noise would pass for strokes
_LEAST_CONTRAST = 0.07  # of a stroke, as a share of the paper's light
_DARKEST = 0.95  # the quantile of darkness that the darkest strokes have
_FAINTEST = 0.25  # of it; what is fainter is no ink
_GRAIN = 30  # pixels; a smaller stroke may be of a sensor, or of wood, and would join what lies apart


@dataclass(frozen=True)
class Strokes:
    """The strokes of a page at working size.

    mask: uint8 (h, w), 1 where there is a stroke, else 0. scale: working pixels per pixel of the image, (x, y); about
    the same both ways. darkness: uint8 (h, w), the share of the paper's light that is missing, in 255ths.
    """

    mask: NDArray[np.uint8]
    scale: tuple[float, float]
    darkness: NDArray[np.uint8]

    @cached_property
    def faintest(self) -> float:
        """The darkness, in 255ths, that ink has at least; shadows, texture and the back of the page have less."""
        dark = self.darkness[self.mask > 0]
        if not len(dark):
            return 255.0
        return _FAINTEST * float(np.quantile(dark[:: max(1, len(dark) // 10_000)], _DARKEST))

    @cached_property
    def without_grain(self) -> NDArray[np.uint8]:
        """The mask without strokes that are no larger than the grain of a sensor, or of wood."""
        _, labels, stats, _ = cv2.connectedComponentsWithStats(self.mask, connectivity=8)
        kept = (stats[:, cv2.CC_STAT_AREA] >= _GRAIN).astype(np.uint8)
        kept[0] = 0
        return np.asarray(kept[labels], np.uint8)


def find_strokes(gray: NDArray[np.uint8]) -> Strokes:
    """Return the strokes in a uint8 gray image (H, W), dark on light, at its own size or scaled down."""
    height, width = gray.shape
    factor = min(1.0, float(np.sqrt(_WORKING_PIXELS / gray.size)))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    working = cv2.resize(gray, size, interpolation=cv2.INTER_AREA) if factor < 1 else gray
    kernel = np.ones((_WIDEST_STROKE, _WIDEST_STROKE), np.uint8)
    smooth = cv2.blur(working, (3, 3))
    paper = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, kernel, borderType=cv2.BORDER_REPLICATE)
    darkness = cv2.divide(cv2.subtract(paper, smooth), np.maximum(paper, _DARKEST_PAPER), scale=255)
    mask = (darkness > round(_LEAST_CONTRAST * 255)).astype(np.uint8)
    return Strokes(mask, (size[0] / width, size[1] / height), np.asarray(darkness, np.uint8))
