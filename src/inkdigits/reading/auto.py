"""Recognizing what is not known to be one digit or more: the line model reads, and where it finds one digit at most,
or little room for two, the classifier of single digits competes with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.digits import DigitRecognizer, Reading
from inkdigits.reading.lines import LineRecognizer
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.unread import has_unread_ink

__all__ = ["AutoRecognizer"]

_NARROW = 1.1  # of a strip: width to height, up to which one digit may fill it, whatever the line model says
_SURELY_ONE = 0.95  # the classifier's confidence from which on a narrow strip holds one digit


class AutoRecognizer:
    """Reads each image as a single digit or as a line, whichever is likelier."""

    def __init__(self, digits: DigitRecognizer, lines: LineRecognizer) -> None:
        """Take the recognizers that compete."""
        self._digits = digits
        self._lines = lines

    def recognize(self, images: Sequence[NDArray[np.uint8]], options: ValueOptions) -> list[Reading]:
        """Read uint8 gray images (H, W), in order."""
        readings = self._lines.recognize(images, "auto", options)
        perhaps = [index for index, reading in enumerate(readings) if _may_be_one(reading)]
        digits = self._digits.recognize([images[index] for index in perhaps], options)
        for index, digit in zip(perhaps, digits, strict=True):
            line = readings[index]
            if _is_likelier(digit, line):
                # The classifier does not see what is beside the digit, or through it.
                status = "review" if line.is_doubted and digit.field.status == "ok" else digit.field.status
                readings[index] = replace(digit, field=replace(digit.field, kind="auto", status=status))
        return readings


def _may_be_one(line: Reading) -> bool:
    """Tell whether a line may be a single digit."""
    if line.model_input is None:
        return False
    alone = len(line.field.text) == 1 and not has_unread_ink(
        line.model_input, line.field.text, line.positions
    )
    return alone or line.model_input.shape[1] <= _NARROW * line.model_input.shape[0]


def _is_likelier(digit: Reading, line: Reading) -> bool:
    """Tell whether a single digit is the better reading of a line that may be one."""
    if digit.field.status in ("empty", "rejected"):
        return False
    if len(line.field.text) == 1:
        return digit.field.confidence >= line.field.confidence
    return digit.field.confidence >= _SURELY_ONE and line.field.confidence < _SURELY_ONE
