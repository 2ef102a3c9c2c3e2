"""A plus or a dollar sign that was read as a digit: line models have no symbol for either."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.unread import STRIP_INK

__all__ = ["has_sign_read_as_digit"]

_LEAST_SIDE = 7  # pixels of a sign
_BESIDE_PIECE = 1  # columns that a symbol may stand beside its piece
# A plus: less tall than digits, two strokes that go through nearly all of it and cross about its middle, bare corners.
_PLUS_HEIGHT = 0.9  # of the tallest digit's
_PLUS_SHAPE = (0.6, 1.7)  # width over height
_CROSSING = (0.25, 0.75)  # where a stroke lies, of the side
_STROKE = 0.8  # of the side that the stroke goes through
_CORNER, _BARE = 0.3, 0.06  # of the sides; of a corner's pixels, those that may be ink
# A dollar: a stub above a broad body, and one below it.
_DOLLAR_SHAPE = 1.1  # height over width, at least
_STUB = (0.08, 0.35)  # of the height, at least and at most
_NARROW = 0.38  # of the breadth: a stub at most
_BROAD = 0.6  # of the breadth: the body at least
_BODY_WITHIN = 0.15  # of the height, below the stub: where it is so broad
_OFF = 0.3  # of the breadth: how far a stub is from the middle at most


def has_sign_read_as_digit(strip: NDArray[np.uint8], text: str, positions: Sequence[float]) -> bool:
    """Tell whether the first or the last digit that was read stands on a plus or on a dollar sign, beside other digits.

    strip: uint8 (32, W). text: what was read, without spaces; positions: the columns at which its symbols stand. A sign
    that touches a digit is not found.
    """
    digits = [(symbol, place) for symbol, place in zip(text, positions, strict=True) if symbol.isdigit()]
    if len(digits) < 2 or not any(digit in _SIGNS for digit, _ in (digits[0], digits[-1])):
        return False
    mask = (strip > STRIP_INK).view(np.uint8)
    _, labels, pieces, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    x, y, w, h, _ = pieces.T
    places = np.array([place for _, place in digits])[:, np.newaxis]  # (number of digits, 1)
    at_piece = (x - _BESIDE_PIECE <= places) & (places <= x + w + _BESIDE_PIECE)
    alone = (at_piece.sum(axis=0) == 1) & (np.minimum(w, h) >= _LEAST_SIDE)
    alone[0] = False  # the paper
    tallest = int(h[1:][at_piece.any(axis=0)[1:]].max(initial=0))
    for end in (0, -1):
        is_sign = _SIGNS.get(digits[end][0])
        if is_sign is None:
            continue
        for label in np.flatnonzero(at_piece[end] & alone):
            rows, columns = slice(y[label], y[label] + h[label]), slice(x[label], x[label] + w[label])
            if is_sign(labels[rows, columns] == label, tallest):
                return True
    return False


def _is_plus(piece: NDArray[np.bool_], tallest: int) -> bool:
    height, width = piece.shape
    if height > _PLUS_HEIGHT * tallest or not _PLUS_SHAPE[0] <= width / height <= _PLUS_SHAPE[1]:
        return False
    rows, columns = piece.mean(axis=1), piece.mean(axis=0)
    for shares in (rows, columns):
        begin, end = (round(share * len(shares)) for share in _CROSSING)
        if shares[begin:end].max(initial=0) < _STROKE:
            return False
    down, across = max(1, round(_CORNER * height)), max(1, round(_CORNER * width))
    corners = (piece[:down, :across], piece[:down, -across:], piece[-down:, :across], piece[-down:, -across:])
    return all(corner.mean() <= _BARE for corner in corners)


def _is_dollar(piece: NDArray[np.bool_], _: int) -> bool:
    height, width = piece.shape
    return height >= _DOLLAR_SHAPE * width and _has_stub(piece) and _has_stub(piece[::-1])


def _has_stub(piece: NDArray[np.bool_]) -> bool:
    """Tell whether a piece of ink begins with a stub about its middle, below which it is broad at once."""
    height, width = piece.shape
    first = piece.argmax(axis=1)
    last = width - 1 - piece[:, ::-1].argmax(axis=1)
    breadths = np.where(piece.any(axis=1), last - first + 1, 0)
    stub = int((breadths > _NARROW * width).argmax())
    if not max(2, _STUB[0] * height) <= stub <= _STUB[1] * height:
        return False
    middle = float(np.median(first[:stub] + last[:stub])) / 2
    below = breadths[stub : stub + round(_BODY_WITHIN * height) + 1]
    return bool(below.max() >= _BROAD * width) and abs(middle - (width - 1) / 2) <= _OFF * width


# For a digit, what tells the sign that may be read as it, from a piece of ink and the height of the tallest one.
_SIGNS: dict[str, Callable[[NDArray[np.bool_], int], bool]] = {
    "7": _is_plus,
    "4": _is_plus,
    "8": _is_dollar,
    "5": _is_dollar,
}
