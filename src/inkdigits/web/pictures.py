"""Files that clients send as pictures: decoded within the limit of pixels, and encoded to be sent back."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigits.errors import ImageError
from inkdigits.export.scale import scale_down
from inkdigits.reading.decode import MAX_PIXELS, gray_from_picture, open_picture
from inkdigits.reading.documents import require_one_page
from inkdigits.reading.sources import is_pdf, open_stream
from inkdigits.web.problems import Problem

__all__ = ["check_pixels", "decode_all", "decode_one", "jpeg_of", "png_of", "scaled_down"]

_LONGEST_SIDE = 2400  # of a page's picture that is sent back, in pixels
_JPEG_QUALITY = 80


def decode_all(files: Sequence[bytes], place: str, most_pixels: int) -> list[NDArray[np.uint8]]:
    """Return pictures, uint8 gray (H, W), upright.

    place: what the request calls them. most_pixels: of all together.

    Raises Problem 413 where they have more, and ImageError, with the place, where one cannot be read.
    """
    images = []
    left = most_pixels
    for index, file in enumerate(files):
        images.append(decode_one(file, f"{place}[{index}]", left, most_pixels))
        left -= images[-1].size
    return images


def decode_one(file: bytes, place: str, most_pixels: int, of: int | None = None) -> NDArray[np.uint8]:
    """Return one picture as ``decode_all`` does; ``of`` is the limit that messages tell."""
    if not file:
        raise Problem(422, f"{place} is empty; expected an image", places=[(place, "empty")])
    try:
        with open_stream(file, place) as (stream, head), open_picture(stream, head, place) as picture:
            _check_size(picture.size, place, most_pixels, most_pixels if of is None else of)
            require_one_page(picture, head, place)
            return gray_from_picture(picture, place)
    except ImageError as error:
        raise _as_problem(error, place, most_pixels if of is None else of) from error


def check_pixels(file: bytes, place: str, most_pixels: int) -> None:
    """Raise Problem 413 where a picture has more pixels; it is not decoded, and a PDF is none."""
    try:
        with open_stream(file, place) as (stream, head):
            if not is_pdf(head):
                with open_picture(stream, head, place) as picture:
                    _check_size(picture.size, place, most_pixels, most_pixels)
    except ImageError as error:
        raise _as_problem(error, place, most_pixels) from error


def png_of(image: NDArray[np.uint8]) -> dict[str, Any]:
    """Return a gray image, uint8 (H, W), as width, height and PNG in base64."""
    return _encoded(image, "png", "PNG", {"compress_level": 1})


def jpeg_of(image: NDArray[np.uint8]) -> dict[str, Any]:
    """Return a page, uint8 gray (H, W), as width, height and JPEG in base64, at most 2400 pixels long."""
    return _encoded(scaled_down(image), "jpeg", "JPEG", {"quality": _JPEG_QUALITY})


def scaled_down(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a gray image, uint8 (H, W), at most 2400 pixels long."""
    return np.asarray(scale_down(image, _LONGEST_SIDE)[0])


def _as_problem(error: ImageError, place: str, most_pixels: int) -> Problem:
    """Return what a client is told of a picture that cannot be read."""
    if isinstance(error.__cause__, Image.DecompressionBombError):
        return _too_large(place, "too many pixels", min(most_pixels, MAX_PIXELS))
    return Problem(422, str(error), places=[(place, str(error).removeprefix(f"{place} "))])


def _check_size(size: tuple[int, int], place: str, left: int, of: int) -> None:
    width, height = size
    if width * height > left:
        raise _too_large(place, f"{width} x {height} pixels", of)


def _too_large(place: str, pixels: str, most: int) -> Problem:
    limit = f"one request may bring {most / 1_000_000:g} million: scale it down"
    return Problem(413, f"{place} has {pixels}; {limit}", places=[(place, "too many pixels")])


def _encoded(image: NDArray[np.uint8], name: str, format: str, how: dict[str, int]) -> dict[str, Any]:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format, **how)
    height, width = image.shape
    return {"width": width, "height": height, name: base64.b64encode(buffer.getvalue()).decode()}
