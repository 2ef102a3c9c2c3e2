"""Fields with a box for each digit: one reading a box, put together into one field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Alternative, Box, Field, Kind, Status, Symbol
from inkdigits.reading.digits import StatusThresholds
from inkdigits.reading.lattice import Lattice
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.values import may_begin, possible_values

__all__ = ["comb_field", "date_groups"]

_SYMBOLS = "0123456789/"
_DIGITS = 10
_SEPARATOR, _BLANK = 10, 11
_UNSEEN = 1e-4  # the probability of each digit that a reading does not name
_READINGS, _BEAM = 8, 24
_ALTERNATIVES = 4
_LEAST_CONFIDENCE = 0.03
_WORTH_NAMING = 1e-3
_CLEARLY_WIDER = (
    0.25  # of a box's width; gaps that are wider than the narrowest by as much part the groups of a date
)


@dataclass(frozen=True)
class _Text:
    text: str
    probability: float


def comb_field(
    digits: Sequence[Field],
    kind: Kind,
    options: ValueOptions,
    groups: Sequence[int],
    thresholds: StatusThresholds,
) -> Field:
    """Return what the boxes of a comb hold together.

    digits: the reading of each box, in order, boxes that nothing is written in "empty".
    groups: how many boxes day, month and year have, in their order; () for what is no date. A date's text has "/"
        between them.

    Empty boxes before and after the writing do not count; one within it makes the reading doubtful. A box that holds
    no digit, or another symbol, makes the field "rejected".
    """
    kind = "number" if kind == "auto" else kind
    if all(digit.status == "empty" for digit in digits):
        return Field(kind, "", None, min(digit.confidence for digit in digits), "empty")
    if strange := [digit for digit in digits if _is_no_digit(digit)]:
        confidence = max(digit.confidence for digit in strange)
        return Field(kind, "", None, confidence, "rejected")
    texts = _texts(digits, kind, options, groups)
    if not texts or texts[0].probability < _LEAST_CONFIDENCE:
        return Field(kind, "", None, 1 - (texts[0].probability if texts else 0.0), "rejected")
    best, confidence = texts[0].text, min(1.0, texts[0].probability)
    values = possible_values(best, kind, options)
    written = [digit.status != "empty" for digit in digits]
    first, last = written.index(True), len(written) - written[::-1].index(True)
    clear = all(written[first:last]) and len(values) == 1
    status: Status = "ok" if clear and confidence >= thresholds.ok else "review"
    rivals = [Alternative(best, value, confidence / len(values)) for value in values if len(values) > 1]
    rivals += [
        Alternative(other.text, (*possible_values(other.text, kind, options), None)[0], other.probability)
        for other in texts[1 : 1 + _ALTERNATIVES]
        if other.probability >= _WORTH_NAMING
    ]
    value = values[0] if len(values) == 1 else None
    return Field(kind, best, value, confidence, status, tuple(rivals), _symbols(best, digits))


def date_groups(cells: Sequence[Box]) -> tuple[int, ...]:
    """Return how many of a date's boxes, 6 or 8, day, month and year have in their order, as gaps between them say.

    >>> date_groups([(left, 0, left + 9, 9) for left in (0, 10, 20, 30, 45, 55, 70, 80)])
    (4, 2, 2)
    >>> date_groups([(left, 0, left + 9, 9) for left in range(0, 80, 10)])
    (2, 2, 4)
    """
    gaps = [after[0] - before[2] for before, after in pairwise(cells)]
    wide = min(gaps) + _CLEARLY_WIDER * (cells[0][2] - cells[0][0])
    parted = [index + 1 for index, gap in enumerate(gaps) if gap > wide]
    groups = tuple(np.diff([0, *parted, len(cells)]).tolist())
    return groups if sorted(groups) in ([2, 2, 2], [2, 2, 4]) else (2, 2, len(cells) - 4)


def _texts(digits: Sequence[Field], kind: Kind, options: ValueOptions, groups: Sequence[int]) -> list[_Text]:
    """Return the texts that may be, the likeliest first."""

    @cache
    def allowed(prefix: str) -> bool:
        return may_begin(kind, prefix) and options.may_begin(prefix)

    readings = _lattice(digits, groups).best_readings(
        _READINGS, beam=_BEAM, least=_UNSEEN / 2, allowed=allowed
    )
    return [
        _Text(reading.text, reading.probability)
        for reading in readings
        if reading.text
        and options.allows_text(reading.text)
        and (kind != "date" or possible_values(reading.text, kind, options))
        and (not options.bounds_values or possible_values(reading.text, kind, options))
    ]


def _lattice(digits: Sequence[Field], groups: Sequence[int]) -> Lattice:
    """Return a column a box, with a blank after each, and a "/" between groups."""
    rows: list[NDArray[np.float32]] = []
    ends = set(np.cumsum(groups)[:-1].tolist()) if len(groups) else set()
    for index, digit in enumerate(digits, start=1):
        rows += [_column(digit), _sure(_BLANK)]
        if index in ends:
            rows += [_sure(_SEPARATOR), _sure(_BLANK)]
    return Lattice(np.stack(rows), _SYMBOLS)


def _column(digit: Field) -> NDArray[np.float32]:
    row = np.zeros(_BLANK + 1, np.float32)
    if digit.status == "empty":
        return _sure(_BLANK)
    row[:_DIGITS] = _UNSEEN
    for text, confidence in (
        (digit.text, digit.confidence),
        *((a.text, a.confidence) for a in digit.alternatives),
    ):
        if _is_digit(text):
            row[int(text)] = max(confidence, _UNSEEN)
    return row


def _is_no_digit(box: Field) -> bool:
    return box.status == "rejected" or (box.status != "empty" and not _is_digit(box.text))


def _is_digit(text: str) -> bool:
    return len(text) == 1 and text in _SYMBOLS[:_DIGITS]


def _sure(symbol: int) -> NDArray[np.float32]:
    row = np.zeros(_BLANK + 1, np.float32)
    row[symbol] = 1
    return row


def _symbols(text: str, digits: Sequence[Field]) -> tuple[Symbol, ...]:
    """Return the digits of a text, each with the box that it was read from; a "/" is printed, not written."""
    written = iter(digit for digit in digits if digit.status != "empty")
    symbols = []
    for character in text:
        if character in _SYMBOLS[:_DIGITS]:
            digit = next(written)
            chances = {digit.text: digit.confidence} | {a.text: a.confidence for a in digit.alternatives}
            symbols.append(Symbol(character, chances.get(character, _UNSEEN), digit.box))
    return tuple(symbols)
