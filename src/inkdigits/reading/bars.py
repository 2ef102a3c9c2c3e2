"""Plain upright strokes that end where the digits end, with paper all around: ones, whatever the line model says.

The side of a frame, or a rule between two cells, looks the same in a strip, and the model has learned to pass it over.
But those go on to the picture's edge or beyond the digits, which the strip does not show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.lattice import Lattice
from inkdigits.reading.line import FoundLine

__all__ = ["Bars", "find_bars", "with_ones"]

_HEIGHTS = (0.7, 1.15)  # of the writing's height
_LEAST_OTHER = 0.5  # of the writing's height
_SLENDER = 0.2  # the width of a stroke, as a share of its length
_PAPER = 0.2  # of the writing's height, between a stroke and the picture's edges
_MOST = 4  # of them; more are hatching, tallies or a bar code
_MOST_TURN = 0.45  # columns a row
_SHARE = 0.6  # of what a column says, that a stroke is a 1
_READ = 0.2  # probability of a symbol from which on the model has not passed the stroke over
_REACH = 2  # lattice columns


@dataclass(frozen=True)
class Bars:
    """Plain strokes in a picture.

    places: where they stand, x in pixels of the picture, from left to right. others: how many other pieces of ink are
    about as tall as digits.
    """

    places: tuple[float, ...] = ()
    others: int = 0


def find_bars(found: FoundLine) -> Bars:
    """Return such strokes; none where there are many."""
    mask = found.ink.mask.astype(np.uint8)
    height, width = mask.shape
    _, top, _, bottom = found.extent
    tall = bottom - top
    paper = _PAPER * tall
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    places: list[float] = []
    others = 0
    for number, (x, y, w, h, _) in enumerate(stats[1:count].tolist(), start=1):
        if not (
            _HEIGHTS[0] * tall <= h <= _HEIGHTS[1] * tall
            and min(x, width - x - w) >= paper
            and min(y, height - y - h) >= paper / 2
            and w <= (_SLENDER + _MOST_TURN) * h
            and _is_straight(np.column_stack(np.nonzero(labels[y : y + h, x : x + w] == number)))
        ):
            others += h >= _LEAST_OTHER * tall
            continue
        places.append(found.origin[0] + (x + w / 2) / found.ink.scale[1])
    return Bars(tuple(sorted(places)), others) if len(places) <= _MOST else Bars()


def _is_straight(points: NDArray[np.intp]) -> bool:
    (_, sides, _) = cv2.minAreaRect(points.astype(np.float32))
    return min(sides) + 1 <= _SLENDER * (max(sides) + 1)


def with_ones(lattice: Lattice, sides: tuple[float, float], places: Sequence[float], nothing: str) -> Lattice:
    """Return a lattice in which a 1 may stand at each place where the model read nothing.

    sides: where the lattice's strip begins and ends in the picture; places: those of ``Bars``. nothing: the
    symbol for what is no number.
    """
    rows = lattice.probabilities.copy()
    one, none = lattice.symbols.index("1"), lattice.symbols.index(nothing)
    blank = len(lattice.symbols)
    for place in places:
        column = round((place - sides[0]) / (sides[1] - sides[0]) * len(rows) - 0.5)
        near = slice(max(0, column - _REACH), column + _REACH + 1)
        symbols = np.delete(rows[near], [none, blank], axis=1)
        if not symbols.size or symbols.max() >= _READ:
            continue
        rows[near, blank] += rows[near, none]
        rows[near, none] = 0
        at = near.start + int(np.argmax(rows[near, one]))
        rows[at] *= 1 - _SHARE
        rows[at, one] += _SHARE
    return Lattice(rows, lattice.symbols)
