"""Photos as large as a picture of them is to be."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["scale_down"]


def scale_down(image: NDArray[np.uint8], longest: int) -> tuple[Image.Image, float]:
    """Return a gray image, uint8 (H, W), at most ``longest`` pixels wide and high, and by what it was multiplied.

    >>> picture, factor = scale_down(np.zeros((3000, 400), np.uint8), 1500)
    >>> picture.size, factor
    ((200, 1500), 0.5)
    """
    height, width = image.shape
    factor = min(1.0, longest / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return Image.fromarray(image).resize(size, Image.Resampling.BOX), factor
