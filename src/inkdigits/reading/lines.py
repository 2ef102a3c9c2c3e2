"""Recognizing lines: gray images of a number, a percentage or a date in, one reading each out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Alternative, Box, Field, Kind, Status, Symbol
from inkdigits.reading.digits import Reading, StatusThresholds
from inkdigits.reading.lattice import Lattice, LatticeReading
from inkdigits.reading.line import NormalizedLine, normalize_line
from inkdigits.reading.line_model import LineModel
from inkdigits.reading.values import ValueOptions, allowed_symbols, may_begin, possible_values

__all__ = ["LineRecognizer"]

NOT_A_NUMBER = "~"
"""The symbol that line models give for a word, a scribble or texture as a whole."""

_ALTERNATIVES = 4
_FAINT = 0.05
# A date must be a real one: the reading that is may stand far down the list.
_READINGS = {"date": 24, "percent": 12}
_BEAM = 32  # of a search among the texts that a kind allows
_LEAST_MASS = 1e-4
_NEEDS_VALUE = ("date", "percent")


class LineRecognizer:
    """Reads one line an image: strips, a lattice each, the best texts that the kind allows, and their values."""

    steps = ("decode", "ink", "line", "lattice", "search", "value")

    def __init__(self, model: LineModel, thresholds: StatusThresholds) -> None:
        """Take a line model and the statuses' thresholds."""
        self._model = model
        self._thresholds = thresholds

    def recognize(
        self, images: Sequence[NDArray[np.uint8]], kind: Kind, options: ValueOptions
    ) -> list[Reading]:
        """Read uint8 gray images (H, W), in order."""
        lines = [normalize_line(image) for image in images]
        lattices = iter(self._model.lattices([line.image for line in lines if line is not None]))
        return [
            self._reading(Field(kind, "", None, 1.0, "empty"), None)
            if line is None
            else self._decide(line, next(lattices), kind, options)
            for line in lines
        ]

    def evidence(
        self, line: NormalizedLine, kind: Kind, options: ValueOptions
    ) -> tuple[str, float, float] | None:
        """Return the best text, its share among its rivals and the mass of all of them; None where it is rejected.

        Both are in 0..1, and what ``ModelFacts.to_confidence`` takes.
        """
        candidates, mass, _ = self._candidates(self._model.lattices([line.image])[0], kind, options)
        if not candidates:
            return None
        total = sum(probability for _, probability in candidates)
        return candidates[0][0].text, min(1.0, candidates[0][1] / total), mass

    def _decide(self, line: NormalizedLine, lattice: Lattice, kind: Kind, options: ValueOptions) -> Reading:
        candidates, mass, nothing = self._candidates(lattice, kind, options)
        if not candidates:
            return self._rejected(kind, max(nothing, 1 - mass), line)
        readings = self._calibrated(kind, candidates, mass)
        positions = _positions(line, lattice, readings[0][0])
        return self._reading(self._field(line, lattice, kind, options, readings), line, positions)

    def _candidates(
        self, lattice: Lattice, kind: Kind, options: ValueOptions
    ) -> tuple[list[tuple[LatticeReading, float]], float, float]:
        """Return the readings that may be, the probability that it is any of them, and that of no number at all.

        There are none where the strip is to be rejected.
        """
        nothing = self._probability_of_nothing(lattice)
        if nothing >= self._thresholds.rejected:
            return [], 1 - nothing, nothing
        allowed = lattice.restricted(allowed_symbols(kind))
        count = _READINGS.get(kind, _ALTERNATIVES + 4)
        if kind in _NEEDS_VALUE:
            found = allowed.best_readings(count, beam=_BEAM, allowed=partial(may_begin, kind))
        else:
            found = allowed.best_readings(count)
        candidates = _by_value([reading for reading in found if reading.text], kind, options)
        mass = min(1.0, sum(probability for _, probability in candidates)) * (1 - nothing)
        return (candidates if mass >= _LEAST_MASS else []), mass, nothing

    def _calibrated(
        self, kind: Kind, candidates: list[tuple[LatticeReading, float]], mass: float
    ) -> list[tuple[LatticeReading, float]]:
        """Give the best reading the confidence that it has earned, and the others what that leaves, as they share it.

        mass: the probability that the strip holds any of them.
        """
        total = sum(probability for _, probability in candidates)
        (best, probability), *others = candidates
        share = min(1.0, probability / total)
        confidence = self._model.facts.to_confidence(kind, share, mass)
        factor = (1 - confidence) / max(total - probability, 1e-9)
        return [(best, confidence)] + [
            (reading, min(confidence, other * factor)) for reading, other in others
        ]

    def _probability_of_nothing(self, lattice: Lattice) -> float:
        """Return the probability that the ink is no number as a whole."""
        scribble = lattice.symbols.find(NOT_A_NUMBER)
        if scribble < 0 or lattice.probabilities[:, scribble].max() < _FAINT:
            return float(lattice.probabilities[:, -1].prod())
        readings = lattice.best_readings(_ALTERNATIVES)
        return sum(reading.probability for reading in readings if reading.text in ("", NOT_A_NUMBER))

    def _rejected(self, kind: Kind, confidence: float, line: NormalizedLine) -> Reading:
        return self._reading(Field(kind, "", None, confidence, "rejected", box=line.box), line)

    def _field(
        self,
        line: NormalizedLine,
        lattice: Lattice,
        kind: Kind,
        options: ValueOptions,
        readings: list[tuple[LatticeReading, float]],
    ) -> Field:
        best, confidence = readings[0]
        values = possible_values(best.text, kind, options)
        sure = len(values) == 1 and confidence >= self._thresholds.ok
        status: Status = "ok" if sure else "review"
        alternatives = [
            Alternative(reading.text, (*possible_values(reading.text, kind, options), None)[0], probability)
            for reading, probability in readings[1 : 1 + _ALTERNATIVES]
        ]
        if len(values) > 1:  # one text, several values: each is an alternative, and the caller decides
            alternatives = [
                Alternative(best.text, value, confidence / len(values)) for value in values
            ] + alternatives
        symbols = tuple(
            Symbol(text, float(lattice.probabilities[column].max()), _symbol_box(line, position))
            for text, column, position in zip(
                best.text, best.columns, _positions(line, lattice, best), strict=True
            )
        )
        value = values[0] if len(values) == 1 else None
        return Field(kind, best.text, value, confidence, status, tuple(alternatives), symbols, line.box)

    def _reading(
        self, field: Field, line: NormalizedLine | None, positions: tuple[float, ...] = ()
    ) -> Reading:
        image = None if line is None else line.image
        return Reading(field, image, self._model.facts, self.steps, positions)


def _by_value(
    found: list[LatticeReading], kind: Kind, options: ValueOptions
) -> list[tuple[LatticeReading, float]]:
    """Return the likeliest text of each value, the likeliest value first, with the probability of the value.

    15/12/22 and 15-12-22 are one day, 1.000.- and 1.000,- one amount: how sure one can be is a matter of the value.
    """
    groups: dict[tuple[object, ...], tuple[LatticeReading, float]] = {}
    for reading in found:
        values = possible_values(reading.text, kind, options)
        if not values and kind in _NEEDS_VALUE:
            continue
        meaning = tuple(map(str, values)) or ("text", reading.text)
        first, probability = groups.get(meaning, (reading, 0.0))
        groups[meaning] = first, min(1.0, probability + reading.probability)
    return sorted(groups.values(), key=lambda group: -group[1])


def _positions(line: NormalizedLine, lattice: Lattice, reading: LatticeReading) -> tuple[float, ...]:
    """Return the pixel column of the strip in the middle of each symbol's lattice column."""
    pixels = line.image.shape[1] / len(lattice.probabilities)
    return tuple((column + 0.5) * pixels for column in reading.columns)


def _symbol_box(line: NormalizedLine, position: float) -> Box:
    """Return the part of the image around a symbol, as wide as digits mostly are."""
    left, top, right, bottom = line.box
    scale = (right - left) / line.image.shape[1]
    half = 0.3 * (bottom - top)
    center = left + position * scale
    return max(left, int(center - half)), top, min(right, int(np.ceil(center + half))), bottom
