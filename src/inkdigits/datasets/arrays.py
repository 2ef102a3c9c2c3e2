"""Arrays in memory as a Split, in whichever of the usual shapes and ranges they come."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from inkdigits.datasets.data_set import DIGITS, IMAGE_SIZE, Split, check_labels
from inkdigits.errors import DataError

__all__ = ["from_arrays"]


def from_arrays(
    images: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    class_count: int = len(DIGITS),
    source: str = "arrays",
) -> Split:
    """Return arrays as a Split.

    images: (N, 28, 28), (N, 28, 28, 1) channels last, (N, 1, 28, 28) channels first or (N, 784) rows of
        pixels, ink bright on 0. Whole numbers are 0..255. Floats are 0..1 where none is above 1, else 0..255;
        they are rounded. Booleans are 0 and 255.
    labels: whole numbers (N,) in 0..class_count - 1, or None.
    source: what an error calls them.

    Raise DataError for any other shape or type, for NaN, and for what is out of range.

    >>> from_arrays(np.full((2, 1, 28, 28), 0.5), [3, 4]).images[0, 0, 0]
    np.uint8(128)
    """
    pixels = _to_uint8(_to_array(images, source, "images"), source)
    pixels = _to_planes(pixels, source)
    if labels is None:
        return Split(pixels)
    numbers = _to_array(labels, source, "labels")
    if not np.issubdtype(numbers.dtype, np.integer) or numbers.ndim != 1:
        raise DataError(f"{source}: labels are {numbers.dtype} {numbers.shape}; expected whole numbers (N,)")
    if len(numbers) != len(pixels):
        raise DataError(f"{source}: {len(pixels)} images but {len(numbers)} labels; expected one for each")
    check_labels(numbers, class_count, source)
    return Split(pixels, numbers.astype(np.int64))


def _to_array(values: ArrayLike, source: str, title: str) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError as error:
        raise DataError(f"{source}: {title} are ragged; expected one array of numbers") from error


def _to_planes(pixels: NDArray[np.uint8], source: str) -> NDArray[np.uint8]:
    size = IMAGE_SIZE
    if pixels.shape[1:] not in {(size, size), (size, size, 1), (1, size, size), (size * size,)}:
        raise DataError(
            f"{source}: images have shape {pixels.shape}; "
            "expected (N, 28, 28), (N, 28, 28, 1), (N, 1, 28, 28) or (N, 784)"
        )
    return pixels.reshape(-1, size, size)


def _to_uint8(pixels: NDArray[Any], source: str) -> NDArray[np.uint8]:
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.bool_:
        return pixels.astype(np.uint8) * np.uint8(255)
    if not (np.issubdtype(pixels.dtype, np.integer) or np.issubdtype(pixels.dtype, np.floating)):
        raise DataError(f"{source}: images are {pixels.dtype}; expected whole numbers 0..255 or floats 0..1")
    if pixels.size == 0:
        return pixels.astype(np.uint8)
    lowest, highest = pixels.min(), pixels.max()
    # Written so that NaN, which compares false with everything, is refused too.
    if not (lowest >= 0 and highest <= 255):
        raise DataError(
            f"{source}: pixels run from {lowest} to {highest}; expected 0..255, or 0..1 as floats"
        )
    if np.issubdtype(pixels.dtype, np.integer):
        return pixels.astype(np.uint8)
    scale = 255 if highest <= 1 else 1
    # Half up, not half to even: 0.5 of 255 is 128 for everyone who computes it by hand.
    return np.floor(pixels * scale + 0.5).astype(np.uint8)
