"""Recognizing lines: gray images of a number, a percentage or a date in, one reading each out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Alternative, Box, Field, Kind, Status, Symbol
from inkdigits.reading.bars import find_bars, with_ones
from inkdigits.reading.digits import AskedField, Reading, StatusThresholds
from inkdigits.reading.ink import confidence_of_empty
from inkdigits.reading.lattice import Lattice, LatticeReading
from inkdigits.reading.line import FoundLine, Look, NormalizedLine, find_line
from inkdigits.reading.line_model import LineModel
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.spaced import find_spaced_date
from inkdigits.reading.values import allowed_symbols, may_begin, plausible, possible_values

__all__ = ["LineRecognizer", "SeenLine"]

NOT_A_NUMBER = "~"
"""The symbol that line models give for a word, a scribble or texture as a whole."""

WITH_OPTIONS = "options"
"""The name under which a model's facts hold the calibration of readings that options narrow."""

_ALTERNATIVES = 4
_FAINT = 0.05
_READINGS_OF_KIND = 16  # a date must be a real one: the reading that is may stand far down the list
# Which symbols a search follows at a column, at least so probable: among all texts, and among the few of a kind.
_LEAST, _LEAST_OF_KIND = 2e-2, 1e-4
_BEAM, _BEAM_OF_KIND = 8, 16
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
# Writing that the model has not seen the like of tends to blank: were it counted in full, digits would be lost far more
# often than added. Chosen on real handwriting, see docs/error-analysis.md.
_BLANK = 0.3
_SYMBOL_REACH = 0.4  # of the strip's height, to either side of where a symbol stands
_SYMBOL_INK = 96  # gray levels of a strip
_IMPLAUSIBLE = (
    0.03  # what a text that is no number of the kind, such as 11-5 for 11.5, counts for beside one that is
)
_LEADING = re.compile(r"-?[.,]\d.*")  # .5 is a number, but dirt before a number is as frequent
_LED = 0.2  # what such a text counts for
# How likely it is, against what may be, that there is what the kind or the options rule out. Whoever says that there is
# a date is mostly right, though the strokes that part it look like ones.
_BREACH, _BREACH_OF_DATE = 0.05, 0.01
_NEEDS_VALUE = ("date", "percent")
# A point, comma or dash after the last digit is mostly dirt, the tail of a stroke or the side of a frame: of two texts
# of one value, that without it is taken unless the other is ten times as likely.
_TRAILING = re.compile(r".*\d[-.,]")
_TRAILED = 0.1


@dataclass(frozen=True)
class _Candidate:
    """A text and its probability (0..1).

    Of each symbol, where it stands (pixels from the image's left), and its probability in that column.
    """

    text: str
    probability: float
    places: tuple[float, ...]
    strengths: tuple[float, ...]


@dataclass(frozen=True)
class SeenLine:
    """What the model saw of a line: a lattice for each look, the first of them at ``line``.

    sides: where each look's strip begins and ends, in pixels from the image's left.
    """

    line: NormalizedLine
    lattices: list[Lattice]
    sides: list[tuple[float, float]]


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
        return candidates[0].text, _share(candidates, mass, kind), mass

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
            return self._spaced_date(seen, kind, options) or self._rejected(
                kind, max(nothing, 1 - mass), line
            )
        share = _share(candidates, mass, kind)
        confidence = self._model.facts.to_confidence(_calibration(kind, options), share, mass)
        candidates = _with_confidence(candidates, confidence)
        if _is_narrow(kind, options) and candidates[0].probability < _LEAST_CONFIDENCE:
            rejected = self._rejected(kind, 1 - candidates[0].probability, line)
            return self._spaced_date(seen, kind, options) or rejected
        left, _, right, _ = line.edges
        scale = line.image.shape[1] / (right - left)
        positions = tuple((place - left) * scale for place in candidates[0].places)
        return self._reading(self._field(line, candidates, kind, options), line, positions)

    def _candidates(
        self, seen: SeenLine, kind: Kind, options: ValueOptions
    ) -> tuple[list[_Candidate], float, float]:
        """Return the readings that may be, the probability that it is any of them, and that of no number at all.

        There are none where the strip is to be rejected.
        """
        doubts = [self._doubts(lattice) for lattice in seen.lattices]
        nothing, partly = (sum(doubt) / len(doubts) for doubt in zip(*doubts, strict=True))
        if nothing >= self._thresholds.rejected:
            return [], 1 - nothing, nothing
        candidates = _by_value(_found(seen, kind, options), kind, options)
        # A slash that a number may not have is no 1, though the search takes it for one.
        symbols = allowed_symbols(kind) + NOT_A_NUMBER
        possible = [lattice.chance_of(symbols, blank=_BLANK) for lattice in seen.lattices]
        total = min(1.0, sum(candidate.probability for candidate in candidates))
        mass = total * (1 - partly) * sum(possible) / len(possible)
        return (candidates if mass >= _LEAST_MASS else []), mass, nothing

    def _doubts(self, lattice: Lattice) -> tuple[float, float]:
        """Return the probability that the ink is no number as a whole, and that it is none at least in part."""
        scribble = lattice.symbols.find(NOT_A_NUMBER)
        if scribble < 0 or lattice.probabilities[:, scribble].max() < _FAINT:
            bare = float(lattice.probabilities[:, -1].prod())
            return bare, bare
        readings = lattice.best_readings(_ALTERNATIVES, beam=_BEAM, least=_LEAST)
        nothing = sum(reading.probability for reading in readings if reading.text in ("", NOT_A_NUMBER))
        mixed = sum(
            reading.probability
            for reading in readings
            if len(reading.text) > 1 and NOT_A_NUMBER in reading.text
        )
        return nothing, min(1.0, nothing + mixed)

    def _spaced_date(self, seen: SeenLine, kind: Kind, options: ValueOptions) -> Reading | None:
        """Return a date that has spaces for marks, to be reviewed; None where there is none, or none is asked for."""
        lattice, line = seen.lattices[0], seen.line
        found = find_spaced_date(lattice, options, blank=_BLANK) if kind == "date" else None
        if found is None:
            return None
        column = line.image.shape[1] / len(lattice.probabilities)
        positions = tuple((place + 0.5) * column for place in found.columns)
        left, _, right, _ = line.edges
        places = tuple(left + position * (right - left) / line.image.shape[1] for position in positions)
        values = possible_values(found.text, kind, options)
        symbols = tuple(
            Symbol(text, found.probability, box)
            for text, box in zip(found.text.replace(" ", ""), _symbol_boxes(line, places), strict=True)
        )
        rivals = [Alternative(found.text, value, found.probability / len(values)) for value in values]
        return self._reading(
            Field(
                kind,
                found.text,
                values[0] if len(values) == 1 else None,
                found.probability,
                "review",
                tuple(rivals) if len(values) > 1 else (),
                symbols,
                line.box,
            ),
            line,
            positions,
        )

    def _rejected(self, kind: Kind, confidence: float, line: NormalizedLine) -> Reading:
        return self._reading(Field(kind, "", None, confidence, "rejected", box=line.box), line)

    def _field(
        self, line: NormalizedLine, candidates: list[_Candidate], kind: Kind, options: ValueOptions
    ) -> Field:
        best, confidence = candidates[0], candidates[0].probability
        values = possible_values(best.text, kind, options)
        clear = len(values) == 1 or (not values and options.names_texts)
        sure = clear and confidence >= self._thresholds.ok
        status: Status = "ok" if sure else "review"
        alternatives = [
            Alternative(other.text, (*possible_values(other.text, kind, options), None)[0], other.probability)
            for other in candidates[1 : 1 + _ALTERNATIVES]
            if other.probability >= _WORTH_NAMING
        ]
        if len(values) > 1:  # one text, several values: each is an alternative, and the caller decides
            alternatives = [
                Alternative(best.text, value, confidence / len(values)) for value in values
            ] + alternatives
        boxes = _symbol_boxes(line, best.places)
        symbols = tuple(
            Symbol(text, strength, box)
            for text, strength, box in zip(best.text, best.strengths, boxes, strict=True)
        )
        value = values[0] if len(values) == 1 else None
        return Field(kind, best.text, value, confidence, status, tuple(alternatives), symbols, line.box)

    def _reading(
        self, field: Field, line: NormalizedLine | None, positions: tuple[float, ...] = ()
    ) -> Reading:
        image = None if line is None else line.image
        return Reading(field, image, self._model.facts, self.steps, positions)


def _share(candidates: list[_Candidate], mass: float, kind: Kind) -> float:
    """Return the best reading's part, 0..1, in the probability of all that may be.

    mass: the probability that the strip holds any of them. Callers err, and people write into the wrong box: what is
    ruled out counts for a little, so that a lone reading that the strip hardly holds is not sure for want of rivals.
    """
    part = min(1.0, candidates[0].probability / sum(candidate.probability for candidate in candidates))
    breach = _BREACH_OF_DATE if kind == "date" else _BREACH
    return part * mass / (mass + breach * (1 - mass))


def _with_confidence(candidates: list[_Candidate], confidence: float) -> list[_Candidate]:
    """Give the best reading the confidence that it has earned, and the others what that leaves, as they share it."""
    best, *others = candidates
    factor = (1 - confidence) / max(sum(other.probability for other in others), 1e-9)
    return [replace(best, probability=confidence)] + [
        replace(other, probability=min(confidence, other.probability * factor)) for other in others
    ]


def _calibration(kind: Kind, options: ValueOptions) -> str:
    return WITH_OPTIONS if options.narrow and kind not in _NEEDS_VALUE else kind


def _is_narrow(kind: Kind, options: ValueOptions) -> bool:
    """Tell whether the likeliest text of the lattice need not be one that may be."""
    return kind in _NEEDS_VALUE or options.narrow


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


def _found(looks: SeenLine, kind: Kind, options: ValueOptions) -> list[_Candidate]:
    """Return the likeliest texts that may be, best first; a text's probability is its mean over the lattices."""
    probabilities: dict[str, float] = {}
    seen: dict[str, tuple[LatticeReading, Lattice, tuple[float, float]]] = {}
    narrow = _is_narrow(kind, options)

    @cache
    def allowed(prefix: str) -> bool:
        return may_begin(kind, prefix) and options.may_begin(prefix)

    for lattice, sides in zip(looks.lattices, looks.sides, strict=True):
        restricted = lattice.restricted(allowed_symbols(kind), blank=_BLANK)
        if narrow:
            readings = restricted.best_readings(
                _READINGS_OF_KIND,
                beam=_BEAM_OF_KIND,
                least=_LEAST_OF_KIND,
                allowed=allowed,
            )
        else:
            readings = restricted.best_readings(_ALTERNATIVES + 4, beam=_BEAM, least=_LEAST)
        for reading in readings:
            seen.setdefault(reading.text, (reading, lattice, sides))
            share = reading.probability / len(looks.lattices)
            probabilities[reading.text] = probabilities.get(reading.text, 0.0) + share
    ranked = sorted(probabilities.items(), key=lambda item: -item[1])
    return [_candidate(*seen[text], probability) for text, probability in ranked if text]


def _candidate(
    reading: LatticeReading, lattice: Lattice, sides: tuple[float, float], probability: float
) -> _Candidate:
    left, right = sides
    column_width = (right - left) / len(lattice.probabilities)
    return _Candidate(
        reading.text,
        probability,
        places=tuple(left + (column + 0.5) * column_width for column in reading.columns),
        strengths=tuple(
            float(lattice.probabilities[column, lattice.symbols.index(symbol)])
            for symbol, column in zip(reading.text, reading.columns, strict=True)
        ),
    )


def _by_value(found: list[_Candidate], kind: Kind, options: ValueOptions) -> list[_Candidate]:
    """Return the likeliest text of each value, the likeliest value first, with the probability of the value.

    15/12/22 and 15-12-22 are one day, 1.000.- and 1.000,- one amount: how sure one can be is a matter of the value.
    """
    groups: dict[tuple[object, ...], _Candidate] = {}
    for candidate in sorted(found, key=_as_a_text, reverse=True):
        if not (options.names_texts or any(map(str.isdigit, candidate.text))):
            continue
        values = possible_values(candidate.text, kind, options)
        wants_value = kind in _NEEDS_VALUE or options.bounds_values
        if (wants_value and not values) or not options.allows_text(candidate.text):
            continue
        meaning = tuple(map(str, values)) or ("text", candidate.text)
        first = groups.get(meaning, replace(candidate, probability=0.0))
        weight = 1.0 if options.names_texts else _plausibility(candidate.text, kind)
        probability = min(1.0, first.probability + weight * candidate.probability)
        groups[meaning] = replace(first, probability=probability)
    return sorted(groups.values(), key=lambda candidate: -candidate.probability)


def _plausibility(text: str, kind: Kind) -> float:
    """Return what a text counts for beside others, 0..1, before any ink is seen."""
    if not plausible(text, kind):
        return _IMPLAUSIBLE
    return _LED if _LEADING.fullmatch(text) else 1.0


def _as_a_text(candidate: _Candidate) -> float:
    """Return how likely a text is beside others of its value."""
    return candidate.probability * (_TRAILED if _TRAILING.fullmatch(candidate.text) else 1.0)


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
