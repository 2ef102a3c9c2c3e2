"""Recognizing single digits: gray images in, one reading each out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Alternative, Box, Field, Kind, Status, Symbol
from inkdigits.errors import UsageError
from inkdigits.reading.classifier import Classifier
from inkdigits.reading.ink import confidence_of_empty
from inkdigits.reading.model_facts import ModelFacts
from inkdigits.reading.normalize import NormalizedDigit, normalize_digit
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.small import find_small_writing
from inkdigits.reading.stretched import narrowed

__all__ = ["AskedField", "DigitRecognizer", "Reading", "StatusThresholds", "choose_candidate"]

NOT_A_DIGIT = ""
"""The label of the class of ink that is no digit, in models that have one."""

_ALTERNATIVES = 3
_DOUBTFUL, _SURELY = 0.9, 0.9  # below which a reading may be a 1 that was stretched; from which on it is one
_LIKELY = 0.5  # from which probability on the first candidate that is a symbol is taken
_BREACH = 0.05  # how likely it is, against one that may be, that a digit is there that the options rule out


@dataclass(frozen=True)
class StatusThresholds:
    """From which probability on a field is called what.

    ok: a reading of at least this confidence is "ok"; below it, "review".
    rejected: ink that is no number with at least this probability is "rejected".
    """

    ok: float = 0.9
    rejected: float = 0.8

    def __post_init__(self) -> None:
        for name, value in (("ok", self.ok), ("rejected", self.rejected)):
            if not 0 <= value <= 1:
                raise UsageError(f"threshold {name} is {value}; expected a probability from 0 to 1")


@dataclass(frozen=True)
class AskedField:
    """An image of a field, uint8 gray (H, W), the kind to read it as, and what else is known of it."""

    image: NDArray[np.uint8]
    kind: Kind
    options: ValueOptions


@dataclass(frozen=True)
class Reading:
    """A field, and how it came about.

    model_input: what the model saw, uint8 (h, w), ink bright on 0; None where there was no ink.
    positions: for each symbol of the field the column of ``model_input`` at which it was read; () for a digit.
    model: the facts of the model that read it. steps: what was done, in order. is_doubted: whether the ink beside a
    line's reading, or through it, or more that is written than the options allow, leaves it to review.
    """

    field: Field
    model_input: NDArray[np.uint8] | None
    model: ModelFacts
    steps: tuple[str, ...]
    positions: tuple[float, ...] = ()
    is_doubted: bool = False


def choose_candidate(probabilities: NDArray[np.float32], facts: ModelFacts) -> int:
    """Return which of the candidates of one picture is read, probabilities (number of candidates, number of labels).

    Part of a digit is seldom another digit, so the one that the model is surest of is taken. Part of a symbol often is
    another (the I in a T): of symbols it is the first candidate that is likely one at all.
    """
    written = np.array([label != NOT_A_DIGIT for label in facts.labels])
    strongest = probabilities[:, written].max(axis=1)
    if facts.has_other_symbols and (strongest >= _LIKELY).any():
        return int((strongest >= _LIKELY).argmax())
    return int(strongest.argmax())


class DigitRecognizer:
    """Reads exactly one digit an image, with a classifier behind the one normalizer."""

    steps = ("decode", "ink", "normalize", "classify")

    def __init__(self, classifier: Classifier, thresholds: StatusThresholds) -> None:
        """Take a classifier whose last label may be "", for ink that is no digit."""
        self._classifier = classifier
        self._thresholds = thresholds
        self._written = np.array([label != NOT_A_DIGIT for label in classifier.facts.labels])

    @property
    def facts(self) -> ModelFacts:
        """The classifier's."""
        return self._classifier.facts

    def recognize(
        self, images: Sequence[NDArray[np.uint8]], options: ValueOptions | None = None
    ) -> list[Reading]:
        """Read uint8 gray images (H, W), in order."""
        groups = [self._normalized(image) for image in images]
        flat = [candidate.image for group in groups for candidate in group]
        stacked = np.stack(flat) if flat else np.empty((0, 28, 28), np.uint8)
        options = options or ValueOptions()
        # (number of candidates, number of labels)
        probabilities = self._allowed(self._classifier.predict(stacked), options)
        readings = []
        start = 0
        for image, group in zip(images, groups, strict=True):
            if group:
                readings.append(self._decide(group, probabilities[start : start + len(group)]))
            else:
                empty = Field("digit", "", None, confidence_of_empty(image), "empty")
                readings.append(self._reading(empty, None))
            start += len(group)
        self._read_stretched_ones(images, readings, options)
        return readings

    def _normalized(self, image: NDArray[np.uint8]) -> list[NormalizedDigit]:
        """Return the digit as candidates, looked for anew where it may be small on its paper."""
        marks = self.facts.has_other_symbols
        candidates = normalize_digit(image, marks=marks)
        part = None if candidates else find_small_writing(image)
        if part is None:
            return candidates
        left, top, right, bottom = part
        closer = normalize_digit(image[top:bottom, left:right], marks=marks)
        return [replace(one, box=_moved(one.box, left, top)) for one in closer]

    def _read_stretched_ones(
        self, images: Sequence[NDArray[np.uint8]], readings: list[Reading], options: ValueOptions
    ) -> None:
        """Put a 1 in place of what is doubtful, where it is surely one once it is as narrow as ones are."""
        if self.facts.has_other_symbols or "1" not in self.facts.labels:
            return
        groups = {
            index: narrowed(images[index], reading.field.box)
            for index, reading in enumerate(readings)
            if reading.field.box is not None
            and (reading.field.status == "rejected" or reading.field.confidence < _DOUBTFUL)
        }
        flat = [(index, candidate) for index, group in groups.items() for candidate in group]
        if not flat:
            return
        stacked = np.stack([candidate.image for _, candidate in flat])
        chances = self._allowed(self._classifier.predict(stacked), options)
        one = self.facts.labels.index("1")
        for (index, candidate), row in zip(flat, chances, strict=True):
            if row[one] >= max(
                _SURELY, readings[index].field.confidence * (readings[index].field.text == "1")
            ):
                readings[index] = self._decide([candidate], row[np.newaxis])

    def _allowed(self, probabilities: NDArray[np.float32], options: ValueOptions) -> NDArray[np.float32]:
        """Return the probabilities, (N, number of labels), when only what the options allow can be."""
        allowed = np.array(
            [
                label == NOT_A_DIGIT
                or (options.allows_text(label) and (value is None or options.allows_value(value)))
                for label, value in ((label, _value(label)) for label in self._classifier.facts.labels)
            ]
        )
        if allowed.all():
            return probabilities
        kept = np.where(allowed, probabilities, 0)
        # Rosters have gaps, and people write into the wrong box: a sure 7 is no 3 because only a 3 may be. What is
        # ruled out is missing from the sum of each row, and so counts as "no digit".
        total = kept.sum(axis=1, keepdims=True)
        return np.asarray(kept / (total + _BREACH * (1 - total)), np.float32)

    def _decide(self, candidates: list[NormalizedDigit], probabilities: NDArray[np.float32]) -> Reading:
        best = choose_candidate(probabilities, self.facts)
        candidate, chances = candidates[best], probabilities[best]
        labels = self._classifier.facts.labels
        order = [int(index) for index in np.argsort(-chances) if self._written[index]]
        text, confidence = labels[order[0]], float(chances[order[0]])
        nothing = 1 - float(chances[self._written].sum())
        if nothing >= self._thresholds.rejected:
            return self._reading(
                Field("digit", "", None, nothing, "rejected", box=candidate.box), candidate.image
            )
        status: Status = "ok" if confidence >= self._thresholds.ok else "review"
        alternatives = tuple(
            Alternative(labels[index], _value(labels[index]), float(chances[index]))
            for index in order[1 : 1 + _ALTERNATIVES]
            if chances[index] > 0  # else the options rule it out
        )
        symbols = (Symbol(text, confidence, candidate.box),)
        field = Field("digit", text, _value(text), confidence, status, alternatives, symbols, candidate.box)
        return self._reading(field, candidate.image)

    def _reading(self, field: Field, model_input: NDArray[np.uint8] | None) -> Reading:
        return Reading(field, model_input, self._classifier.facts, self.steps)


def _moved(box: Box, x: int, y: int) -> Box:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _value(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
