"""A form's template: where the fields of a printed form are, what each holds, and which of them add up.

A template is made in Python, or loaded from a small JSON file that ``template.schema.json``, beside this module,
describes. All that it says is checked when it is made: what does not fit is one line that names the place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import get_args

import numpy as np

from inkdigits.containers import Box, Kind
from inkdigits.errors import TemplateError, UsageError
from inkdigits.reading.limits import known_options, may_fill
from inkdigits.reading.options import Bound, DecimalMark, ReadOptions, ValueOptions

__all__ = ["RESERVED_NAMES", "FieldPlace", "SumCheck", "Template"]

RESERVED_NAMES = ("source", "page", "status", "doubtful", "check")
"""What no field may be called: these are columns of their own where forms are written as CSV."""

_LEAST_SIDE = 64  # of a form's picture, in pixels
_LEAST_BOX = 4  # of a field's box
_LARGEST_OVERLAP = 0.5  # of two fields' boxes, as a share of the smaller one
_MOST_FIELDS = 2000
_LONGEST_NAME = 80
_COMB_KINDS = ("auto", "number", "date")


@dataclass(frozen=True)
class FieldPlace:
    """One field of a form: its name, where it is on the blank form, and what may be written there.

    box: in pixels of the blank form's picture; the box's lines may be in it or not, what is printed is left out.
    cells: of a field with a box for each digit, those boxes from left to right; () for one piece of writing. In a date
        the gaps between them say which are day, month and year; where there are none, the year comes last.
    The rest is as in ``ValueOptions``.

    Raises TemplateError for what cannot be meant.
    """

    name: str
    box: Box
    kind: Kind = "auto"
    cells: tuple[Box, ...] = ()
    day_first: bool | None = None
    decimal_mark: DecimalMark | None = None
    pattern: str | None = None
    choices: tuple[str, ...] | None = None
    minimum: Bound | None = None
    maximum: Bound | None = None

    def __post_init__(self) -> None:
        _check_name(self.name)
        _check_box("box", self.box)
        if self.kind not in get_args(Kind):
            raise TemplateError(f"kind is {self.kind!r}; expected one of {', '.join(get_args(Kind))}")
        self._check_cells()
        for name, bound in (("minimum", self.minimum), ("maximum", self.maximum)):
            if bound is not None and isinstance(bound, date) != (self.kind == "date") and self.kind != "auto":
                expected = "a day as '2022-12-16'" if self.kind == "date" else "a number"
                raise TemplateError(f"{name} of a {self.kind} is {str(bound)!r}; expected {expected}")
        try:
            self.options  # noqa: B018 - made once, here, so that options that cannot be meant are told of now
        except UsageError as error:
            raise TemplateError(str(error)) from error
        if self.cells and not may_fill(self.kind, self.options, len(self.cells)):
            names = ("pattern", "choices", "minimum", "maximum")
            given = [name for name in names if getattr(self, name) is not None]
            raise TemplateError(
                f"{' and '.join(given)}: no number that {len(self.cells)} boxes for a digit hold meets that"
            )

    @cached_property
    def options(self) -> ValueOptions:
        """What the template knows about the writing."""
        return known_options(self.kind, self.read_options)

    @property
    def read_options(self) -> ReadOptions:
        """``options`` as keywords of ``Reader.read_field``."""
        return {
            "day_first": self.day_first,
            "decimal_mark": self.decimal_mark,
            "pattern": self.pattern,
            "choices": self.choices,
            "minimum": self.minimum,
            "maximum": self.maximum,
        }

    def _check_cells(self) -> None:
        if not self.cells:
            return
        if self.kind not in _COMB_KINDS:
            raise TemplateError(
                f"cells of a {self.kind}; a box for each digit is for {', '.join(_COMB_KINDS)}"
            )
        if self.kind == "date" and len(self.cells) not in (6, 8):
            raise TemplateError(f"cells are {len(self.cells)}; a date has 6 or 8 boxes")
        for choice in self.choices or ():
            if self.kind != "date" and not (choice.isdigit() and len(choice) <= len(self.cells)):
                raise TemplateError(
                    f"choices holds {choice!r}, which {len(self.cells)} boxes for a digit cannot"
                )
        for index, cell in enumerate(self.cells):
            _check_box(f"cells[{index}]", cell)
            if not _is_within(cell, self.box):
                raise TemplateError(
                    f"cells[{index}] is {list(cell)}, outside of the field's box {list(self.box)}"
                )
        if any(after[0] < before[0] for before, after in pairwise(self.cells)):
            raise TemplateError("cells are not in order; name them from left to right")


@dataclass(frozen=True)
class SumCheck:
    """That one field, ``total``, holds the sum of others, ``parts``; names of fields."""

    total: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Template:
    """A form: its picture's size in pixels (width, height), its fields, its sums, and the picture itself.

    blank: the file of the blank form's picture (PNG, JPEG, ...), as bytes.
    blank_name: that file's path as a template file gives it, relative to itself; None where it is to be embedded.

    Raises TemplateError where a box is not in the picture, a name stands twice, or a sum cannot be meant.
    """

    size: tuple[int, int]
    fields: tuple[FieldPlace, ...]
    sums: tuple[SumCheck, ...] = ()
    blank: bytes = b""
    blank_name: str | None = None

    def __post_init__(self) -> None:
        width, height = self.size
        if min(self.size) < _LEAST_SIDE:
            raise TemplateError(
                f"size is {width} x {height}; a form has {_LEAST_SIDE} x {_LEAST_SIDE} pixels at least"
            )
        if not 0 < len(self.fields) <= _MOST_FIELDS:
            raise TemplateError(f"fields are {len(self.fields)}; expected 1 to {_MOST_FIELDS}")
        seen: dict[str, int] = {}
        for index, field in enumerate(self.fields):
            if not _is_within(field.box, (0, 0, width, height)):
                raise TemplateError(
                    f"fields[{index}].box is {list(field.box)}, outside of the picture of {width} x {height} pixels"
                )
            if field.name in seen:
                raise TemplateError(
                    f"fields[{index}].name is {field.name!r}, as is that of fields[{seen[field.name]}]"
                )
            seen[field.name] = index
        _check_apart(self.fields)
        _check_sums(self.sums, {field.name: field for field in self.fields})


def _check_name(name: str) -> None:
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise TemplateError(
            f"name is {name!r}; expected 1 to {_LONGEST_NAME} printable characters, no space around"
        )
    if name in RESERVED_NAMES:
        raise TemplateError(f"name is {name!r}, which is a column of its own in CSV; choose another")


def _check_box(place: str, box: Box) -> None:
    left, top, right, bottom = box
    if left < 0 or top < 0 or right - left < _LEAST_BOX or bottom - top < _LEAST_BOX:
        raise TemplateError(
            f"{place} is {list(box)}; expected left, top, right, bottom, at least {_LEAST_BOX} pixels apart"
        )


def _is_within(box: Box, outer: Box) -> bool:
    return box[0] >= outer[0] and box[1] >= outer[1] and box[2] <= outer[2] and box[3] <= outer[3]


def _check_apart(fields: tuple[FieldPlace, ...]) -> None:
    """Raise TemplateError where one field's box covers most of another's: what is written there would count twice."""
    boxes = np.array([field.box for field in fields], np.int64)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    for index, box in enumerate(boxes):
        corners = np.maximum(boxes[:index, :2], box[:2]), np.minimum(boxes[:index, 2:], box[2:])
        common = np.prod(np.maximum(corners[1] - corners[0], 0), axis=1)
        covered = np.flatnonzero(common > _LARGEST_OVERLAP * np.minimum(areas[:index], areas[index]))
        if len(covered):
            other = int(covered[0])
            raise TemplateError(
                f"fields[{index}].box is {list(fields[index].box)}, "
                f"most of which is that of fields[{other}], {fields[other].name!r}"
            )


def _check_sums(sums: tuple[SumCheck, ...], fields: dict[str, FieldPlace]) -> None:
    for index, check in enumerate(sums):
        names = {f"sums[{index}].total": check.total}
        names |= {f"sums[{index}].parts[{place}]": name for place, name in enumerate(check.parts)}
        for place, name in names.items():
            if name not in fields:
                raise TemplateError(f"{place} is {name!r}, which no field is called")
            if fields[name].kind == "date":
                raise TemplateError(f"{place} is {name!r}, a date; only numbers add up")
        if not check.parts:
            raise TemplateError(f"sums[{index}].parts is empty; expected names of fields")
        if len(set(names.values())) < len(names):
            raise TemplateError(f"sums[{index}] names a field twice")
    _check_cycles(sums)


def _check_cycles(sums: tuple[SumCheck, ...]) -> None:
    """Raise TemplateError where a total is, by way of others, a part of itself."""
    waiting = list(range(len(sums)))
    while waiting:
        unsettled = {sums[index].total for index in waiting}
        ready = [index for index in waiting if not unsettled & set(sums[index].parts)]
        if not ready:
            raise TemplateError(f"sums[{waiting[0]}].total, {sums[waiting[0]].total!r}, is a part of itself")
        waiting = [index for index in waiting if index not in ready]
