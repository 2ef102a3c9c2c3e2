"""Dates whose parts stand apart, with no mark between them: 16 12 2022.

The line model has no symbol for a space. Where nothing else that is a date can be read, digits alone are, and the two
widest gaps between them part day, month and year, if they are clearly wider than the others.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inkdigits.reading.lattice import Lattice
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.values import possible_values

__all__ = ["SpacedDate", "find_spaced_date"]

_DIGITS = "0123456789"
_COUNTS = range(4, 9)  # of digits
_WIDER = 1.1  # than any other gap; digits are of many widths, and what is read so is reviewed
_LEAST = 0.3  # the probability that there are digits alone
_LEAST_LIKELY = 0.1  # of the digits, where they are alone
_READINGS, _BEAM, _LEAST_SYMBOL = 6, 8, 2e-2


@dataclass(frozen=True)
class SpacedDate:
    """What was read.

    text: with a space between the parts. probability: of the digits, 0..1. columns: of the lattice, one for each digit.
    """

    text: str
    probability: float
    columns: tuple[int, ...]


def find_spaced_date(lattice: Lattice, options: ValueOptions, *, blank: float = 1.0) -> SpacedDate | None:
    """Return the likeliest date that a lattice's digits make where they stand apart, or None.

    blank: as for ``Lattice.restricted``.
    """
    chance = lattice.chance_of(_DIGITS, blank=blank)
    if chance < _LEAST:
        return None
    digits = lattice.restricted(_DIGITS, blank=blank)
    for reading in digits.best_readings(_READINGS, beam=_BEAM, least=_LEAST_SYMBOL):
        if reading.probability < _LEAST_LIKELY:
            break
        text = _parted(reading.text, reading.columns)
        if text is not None and options.allows_text(text) and possible_values(text, "date", options):
            return SpacedDate(text, chance * reading.probability, reading.columns)
    return None


def _parted(digits: str, columns: tuple[int, ...]) -> str | None:
    """Return digits with a space at the two widest gaps between their columns; None where those are not the widest."""
    if len(digits) not in _COUNTS:
        return None
    gaps = np.diff(columns)
    order = np.argsort(-gaps, kind="stable")
    others = gaps[order[2:]]
    if len(others) and gaps[order[1]] < _WIDER * others.max():
        return None
    first, second = sorted((order[:2] + 1).tolist())
    return f"{digits[:first]} {digits[first:second]} {digits[second:]}"
