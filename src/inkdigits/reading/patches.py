"""Reading patches of a page: whether each holds one digit or something longer is told by its ink."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Field, Kind
from inkdigits.reading.digits import Reading
from inkdigits.reading.line import normalize_line

__all__ = ["Examine", "PatchReader"]

Examine = Callable[[Sequence[NDArray[np.uint8]], Kind], list[Reading]]
"""Reads gray images as one field each, of a kind."""

_SURELY_ONE = 0.95  # confidence of a digit from which on its cell holds one, if its ink is no wider than
_WIDEST_DIGIT = 1.0  # of a strip's height
_AS_LIKELY = 0.5  # of the confidence of what has no value: so sure must a number be to take its place


class PatchReader:
    """Reads patches of one page as fields of a kind, and keeps which models read them."""

    def __init__(self, examine: Examine, kind: Kind) -> None:
        """Take what reads an image, and the kind of every field; "auto" where it is not known."""
        self._examine = examine
        self.kind: Kind = kind
        self.models: dict[str, str] = {}

    def cells(self, patches: Sequence[NDArray[np.uint8]]) -> list[Field]:
        """Read each gray patch, uint8 (h, w), which may hold one digit or something longer, or be blank."""
        if self.kind != "auto":
            return self._fields(self._examine(patches, self.kind))
        readings = self._examine(patches, "digit")
        perhaps = [
            index
            for index, (patch, reading) in enumerate(zip(patches, readings, strict=True))
            if _may_be_longer(patch, reading.field)
        ]
        lines = self._examine([patches[index] for index in perhaps], "auto")
        for index, line in zip(perhaps, lines, strict=True):
            if _is_longer(readings[index].field, line.field):
                readings[index] = line
        self._as_numbers(patches, readings, perhaps)
        return self._fields(readings)

    def lines(self, patches: Sequence[NDArray[np.uint8]]) -> list[Field]:
        """Read each gray patch, uint8 (h, w), which holds something longer than a digit."""
        readings = self._examine(patches, self.kind)
        if self.kind == "auto":
            self._as_numbers(patches, readings, range(len(readings)))
        return self._fields(readings)

    def digits(self, patches: Sequence[NDArray[np.uint8]]) -> list[Field]:
        """Read each gray patch, uint8 (h, w), as one digit where the kind of fields is not known."""
        return self._fields(self._examine(patches, "digit" if self.kind == "auto" else self.kind))

    def _as_numbers(
        self, patches: Sequence[NDArray[np.uint8]], readings: list[Reading], perhaps: Sequence[int]
    ) -> None:
        """Put readings as numbers, in place, where a patch that may be anything was read as what has no value.

        Such is a number more likely than a part of a date, though nothing says that it has several values; but where
        the ink says clearly that it is none, 7/10 or 12:30, it stays what it is.
        """
        unclear = [index for index in perhaps if not _has_meaning(readings[index].field)]
        numbers = self._examine([patches[index] for index in unclear], "number")
        for index, number in zip(unclear, numbers, strict=True):
            sure_enough = number.field.confidence >= _AS_LIKELY * readings[index].field.confidence
            if number.field.value is not None and sure_enough:
                readings[index] = number

    def _fields(self, readings: Sequence[Reading]) -> list[Field]:
        self.models.update((reading.model.name, reading.model.version) for reading in readings)
        return [reading.field for reading in readings]


def _may_be_longer(patch: NDArray[np.uint8], digit: Field) -> bool:
    """Tell whether a cell that was read as a digit is worth another look, as a line."""
    if digit.status == "empty":
        return False
    if digit.confidence < _SURELY_ONE or digit.status == "rejected":
        return True
    line = normalize_line(patch)
    return line is not None and line.image.shape[1] > _WIDEST_DIGIT * line.image.shape[0]


def _is_longer(digit: Field, line: Field) -> bool:
    """Tell whether a cell that was read both ways holds more than the one digit."""
    return len(line.text) > 1 and line.confidence > digit.confidence * 0.5


def _has_meaning(field: Field) -> bool:
    return (
        field.value is not None
        or not field.text
        or any(other.text == field.text for other in field.alternatives)
    )
