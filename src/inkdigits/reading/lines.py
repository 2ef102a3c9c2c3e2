"""Recognizing lines: gray images of a number, a percentage or a date in, one reading each out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Alternative, Box, Field, Kind, Status, Symbol
from inkdigits.reading.bars import find_bars, with_ones
from inkdigits.reading.candidates import (
    ALTERNATIVES,
    BLANK,
    NEEDS_VALUE,
    NOT_A_NUMBER,
    Candidate,
    SeenLine,
    doubts_of,
    find_candidates,
    is_narrow,
    leaves_out,
    share_of_best,
    spaced_date,
    with_confidence,
)
from inkdigits.reading.digits import AskedField, Reading, StatusThresholds
from inkdigits.reading.ink import confidence_of_empty
from inkdigits.reading.line import FoundLine, Look, NormalizedLine, find_line
from inkdigits.reading.line_model import LineModel
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.signs import has_sign_read_as_digit
from inkdigits.reading.struck import is_struck_out
from inkdigits.reading.unread import has_unread_ink
from inkdigits.reading.values import allowed_symbols, possible_values

__all__ = ["LineRecognizer", "SeenLine"]

WITH_OPTIONS = "options"
"""The name under which a model's facts hold the calibration of readings that options narrow."""

_WORTH_NAMING = 1e-3  # the confidence of an alternative
_LEAST_MASS = 1e-6
_LEAST_CONFIDENCE = 0.03  # of a reading that the kind, or the options, allow
# The first look is at what was found to be writing. Where it leaves a doubt, the next ones follow: a cut a little off
# loses a digit more often than the ink does, and a reading in which all looks agree may be taken unseen.
_CLEAR = 0.95
_NEXT_LOOKS: tuple[Look, ...] = ("whole", "right", "narrow", "left")
_NEXT_LOOKS_OF: dict[str, tuple[Look, ...]] = {
    "date": ("close", "broad", "right", "large", "left")  # long strokes part a date: its digits are small
}
_SYMBOL_REACH = 0.4  # of the strip's height, to either side of where a symbol stands
_SYMBOL_INK = 96  # gray levels of a strip


class LineRecognizer:
    """Reads one line an image: strips, a lattice each, the best texts that the kind allows, and their values."""

    steps = ("decode", "ink", "line", "lattice", "search", "value")

    def __init__(self, model: LineModel, thresholds: StatusThresholds) -> None:
        """Take a line model and the statuses' thresholds."""
        self._model = model
        self._thresholds = thresholds

    @property
    def facts(self) -> ModelFacts:
        """The line model's."""
        return self._model.facts

    def recognize(
        self, images: Sequence[NDArray[np.uint8]], kind: Kind, options: ValueOptions
    ) -> list[Reading]:
        """Read uint8 gray images (H, W), in order."""
        return self.recognize_each([AskedField(image, kind, options) for image in images])

    def recognize_each(self, asked: Sequence[AskedField]) -> list[Reading]:
        """Read images as what is asked of each, in order: the model takes them together, of whatever kind."""
        found = [find_line(one.image) for one in asked]
        lines = [(line, one.kind) for line, one in zip(found, asked, strict=True) if line is not None]
        seen = iter(self._look(lines))
        return [
            self._reading(Field(one.kind, "", None, confidence_of_empty(one.image, line=True), "empty"), None)
            if line is None
            else self._decide(next(seen), one.kind, one.options)
            for one, line in zip(asked, found, strict=True)
        ]

    def evidence(self, seen: SeenLine, kind: Kind, options: ValueOptions) -> tuple[str, float, float] | None:
        """Return the best text, its share among its rivals and the mass of all of them; None where it is rejected.

        Both are in 0..1, and what ``ModelFacts.to_confidence`` takes.
        """
        candidates, mass, _ = self._candidates(seen, kind, options)
        if not candidates:
            return None
        return candidates[0].text, share_of_best(candidates, mass, kind), mass

    def look(self, lines: Sequence[FoundLine], kind: Kind) -> list[SeenLine]:
        """Look at each line once, or where that leaves a doubt, at other cuts of it too."""
        return self._look([(line, kind) for line in lines])

    def _look(self, lines: Sequence[tuple[FoundLine, Kind]]) -> list[SeenLine]:
        cuts = [line.cut() for line, _ in lines]
        lattices = self._model.lattices([cut.image for cut in cuts])
        seen = [SeenLine(cut, [lattice], [_sides(cut)]) for cut, lattice in zip(cuts, lattices, strict=True)]
        doubtful = [index for index, lattice in enumerate(lattices) if lattice.clearness < _CLEAR]
        again = [
            (index, lines[index][0].cut(look))
            for index in doubtful
            for look in _NEXT_LOOKS_OF.get(lines[index][1], _NEXT_LOOKS)
        ]
        for (index, cut), lattice in zip(
            again, self._model.lattices([cut.image for _, cut in again]), strict=True
        ):
            seen[index].lattices.append(lattice)
            seen[index].sides.append(_sides(cut))
        return [_with_bars(one, line) for one, (line, _) in zip(seen, lines, strict=True)]

    def _decide(self, seen: SeenLine, kind: Kind, options: ValueOptions) -> Reading:
        candidates, mass, nothing = self._candidates(seen, kind, options)
        line = seen.line
        if not candidates:
            return self._spaced(seen, kind, options) or self._rejected(kind, max(nothing, 1 - mass), line)
        share = share_of_best(candidates, mass, kind)
        confidence = self._model.facts.to_confidence(_calibration(kind, options), share, mass)
        candidates = with_confidence(candidates, confidence)
        if is_narrow(kind, options) and candidates[0].probability < _LEAST_CONFIDENCE:
            rejected = self._rejected(kind, 1 - candidates[0].probability, line)
            return self._spaced(seen, kind, options) or rejected
        field = self._field(line, candidates, kind, options)
        positions = _positions(candidates[0], line)
        reading = self._reading(field, line, positions)
        if field.status == "ok" and (
            has_unread_ink(line.image, field.text, positions)
            or has_sign_read_as_digit(line.image, field.text, positions)
            or _is_struck_out(line, field.text, positions)
            or leaves_out(seen, field.text, kind, options)
        ):
            return replace(reading, field=replace(field, status="review"), is_doubted=True)
        return reading

    def _candidates(
        self, seen: SeenLine, kind: Kind, options: ValueOptions
    ) -> tuple[list[Candidate], float, float]:
        """Return the readings that may be, the probability that it is any of them, and that of no number at all.

        There are none where the strip is to be rejected.
        """
        doubts = [doubts_of(lattice) for lattice in seen.lattices]
        nothing, partly = (sum(doubt) / len(doubts) for doubt in zip(*doubts, strict=True))
        if nothing >= self._thresholds.rejected:
            return [], 1 - nothing, nothing
        candidates = find_candidates(seen, kind, options)
        # A slash that a number may not have is no 1, though the search takes it for one.
        symbols = allowed_symbols(kind) + NOT_A_NUMBER
        possible = [lattice.chance_of(symbols, blank=BLANK) for lattice in seen.lattices]
        total = min(1.0, sum(candidate.probability for candidate in candidates))
        mass = total * (1 - partly) * sum(possible) / len(possible)
        return (candidates if mass >= _LEAST_MASS else []), mass, nothing

    def _spaced(self, seen: SeenLine, kind: Kind, options: ValueOptions) -> Reading | None:
        """Return a date that has spaces for marks, which is always to be reviewed; None where there is none."""
        found = spaced_date(seen, options) if kind == "date" else None
        if found is None:
            return None
        field = replace(self._field(seen.line, [found], kind, options), status="review")
        return self._reading(field, seen.line, _positions(found, seen.line))

    def _rejected(self, kind: Kind, confidence: float, line: NormalizedLine) -> Reading:
        return self._reading(Field(kind, "", None, confidence, "rejected", box=line.box), line)

    def _field(
        self, line: NormalizedLine, candidates: list[Candidate], kind: Kind, options: ValueOptions
    ) -> Field:
        best, confidence = candidates[0], candidates[0].probability
        values = possible_values(best.text, kind, options)
        clear = len(values) == 1 or (not values and options.names_texts)
        sure = clear and confidence >= self._thresholds.ok
        status: Status = "ok" if sure else "review"
        alternatives = [
            Alternative(other.text, (*possible_values(other.text, kind, options), None)[0], other.probability)
            for other in candidates[1 : 1 + ALTERNATIVES]
            if other.probability >= _WORTH_NAMING
        ]
        if len(values) > 1:  # one text, several values: each is an alternative, and the caller decides
            alternatives = [
                Alternative(best.text, value, confidence / len(values)) for value in values
            ] + alternatives
        boxes = _symbol_boxes(line, best.places)
        symbols = tuple(
            Symbol(text, strength, box)
            for text, strength, box in zip(best.text.replace(" ", ""), best.strengths, boxes, strict=True)
        )
        value = values[0] if len(values) == 1 else None
        return Field(kind, best.text, value, confidence, status, tuple(alternatives), symbols, line.box)

    def _reading(
        self, field: Field, line: NormalizedLine | None, positions: tuple[float, ...] = ()
    ) -> Reading:
        image = None if line is None else line.image
        return Reading(field, image, self._model.facts, self.steps, positions)


def _calibration(kind: Kind, options: ValueOptions) -> str:
    return WITH_OPTIONS if options.narrow and kind not in NEEDS_VALUE else kind


def _positions(candidate: Candidate, line: NormalizedLine) -> tuple[float, ...]:
    """Return the columns of a strip at which a candidate's symbols stand."""
    left, _, right, _ = line.edges
    scale = line.image.shape[1] / (right - left)
    return tuple((place - left) * scale for place in candidate.places)


def _is_struck_out(line: NormalizedLine, text: str, positions: tuple[float, ...]) -> bool:
    """Tell whether a line is struck out, on that part of its strip which is of the picture."""
    left, _, right, _ = line.edges
    scale = line.image.shape[1] / (right - left)
    first, end = round((line.box[0] - left) * scale), round((line.box[2] - left) * scale)
    first = max(0, first)
    return is_struck_out(line.image[:, first:end], text, [place - first for place in positions])


def _sides(line: NormalizedLine) -> tuple[float, float]:
    return line.edges[0], line.edges[2]


def _with_bars(seen: SeenLine, line: FoundLine) -> SeenLine:
    bars = find_bars(line)
    # Of a word, the model reads fewer symbols than there are letters beside its plain strokes.
    if not bars.places or sum(map(str.isdigit, seen.lattices[0].best_path)) < bars.others:
        return seen
    lattices = [
        with_ones(lattice, sides, bars.places, NOT_A_NUMBER)
        for lattice, sides in zip(seen.lattices, seen.sides, strict=True)
    ]
    return SeenLine(seen.line, lattices, seen.sides)


def _symbol_boxes(line: NormalizedLine, places: tuple[float, ...]) -> list[Box]:
    """Return the box of the ink around each place, halfway to its neighbors at most, in pixels of the image."""
    left, top, right, bottom = line.edges
    down, across = (bottom - top) / line.image.shape[0], (right - left) / line.image.shape[1]
    reach = _SYMBOL_REACH * (bottom - top)
    boxes = []
    for index, place in enumerate(places):
        begin = max(place - reach, (places[index - 1] + place) / 2) if index else place - reach
        end = min(place + reach, (place + places[index + 1]) / 2) if place != places[-1] else place + reach
        first = max(0, round((begin - left) / across))
        part = line.image[:, first : max(first + 1, round((end - left) / across))] > _SYMBOL_INK
        rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
        if not len(rows):
            rows, columns = np.array([0, part.shape[0] - 1]), np.array([0, part.shape[1] - 1])
        lower = top + line.lowered(place)
        box = (
            left + (first + columns[0]) * across,
            lower + rows[0] * down,
            left + (first + columns[-1] + 1) * across,
            lower + (rows[-1] + 1) * down,
        )
        boxes.append(_within(box, line.box))
    return boxes


def _within(edges: tuple[float, float, float, float], box: Box) -> Box:
    """Return the whole pixels of ``edges`` inside of ``box``, one at least."""
    left = min(max(int(edges[0]), box[0]), box[2] - 1)
    top = min(max(int(edges[1]), box[1]), box[3] - 1)
    right = max(left + 1, min(int(np.ceil(edges[2])), box[2]))
    return left, top, right, max(top + 1, min(int(np.ceil(edges[3])), box[3]))
