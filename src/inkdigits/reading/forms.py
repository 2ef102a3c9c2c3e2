"""Reading a form: a photo of a filled copy -> its named fields.

``registration.py`` says where the form lies in the photo. Each field is cut out straight, what is printed in it is
taken out, since the blank form says where that is, and what is left is read as the template says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import compress

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Box, Field, Kind, Page
from inkdigits.errors import FormMismatchError, ImageError, TemplateError
from inkdigits.reading.combs import comb_field, date_groups
from inkdigits.reading.decode import decode_gray
from inkdigits.reading.digits import Reading, StatusThresholds
from inkdigits.reading.halftone import out_of_dots
from inkdigits.reading.ink import confidence_of_empty
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.print_removal import FieldCutter, Patch
from inkdigits.reading.registration import BlankForm
from inkdigits.reading.sums import check_sums
from inkdigits.reading.templates import FieldPlace, Template

__all__ = ["ExamineWith", "prepare_form", "read_form"]

ExamineWith = Callable[[Sequence[NDArray[np.uint8]], Kind, ValueOptions], list[Reading]]
"""Reads gray images as one field each, of a kind, with options."""

_LEAST_QUALITY = 0.4  # of a registration; photos of copies reach 0.6 and more, other forms of one house 0.2
_TRACE = 0.25  # of the strength of a form's strokes; what is fainter is a trace
_LEAST_SEEN = 0.98  # of a field's box, that must be in the photo


@lru_cache(maxsize=4)
def prepare_form(template: Template) -> BlankForm:
    """Return what is found out about a blank form once, for all its copies.

    Raises TemplateError where its picture is missing, cannot be read, has another size, or shows too little.
    """
    if not template.blank:
        raise TemplateError("the template has no picture of the blank form")
    try:
        gray = decode_gray(template.blank, name=template.blank_name or "the blank form's picture")
    except ImageError as error:
        raise TemplateError(str(error)) from error
    if (gray.shape[1], gray.shape[0]) != template.size:
        size, expected = f"{gray.shape[1]} x {gray.shape[0]}", f"{template.size[0]} x {template.size[1]}"
        raise TemplateError(f"size is {expected}, but the blank form's picture has {size} pixels")
    return BlankForm(gray)


def read_form(
    gray: NDArray[np.uint8], template: Template, examine: ExamineWith, thresholds: StatusThresholds
) -> Page:
    """Return the fields of a filled form in a uint8 gray image (H, W), in the template's order.

    Raises TemplateError as ``prepare_form`` does, and FormMismatchError where the image shows no copy of the form.
    """
    form = prepare_form(template)
    gray = out_of_dots(gray)
    registration = form.register(gray)
    if registration is None or registration.quality < _LEAST_QUALITY:
        found = (
            "nothing of it was found" if registration is None else f"{registration.quality:.0%} of it agrees"
        )
        raise FormMismatchError(f"does not match the form: {found}, at least {_LEAST_QUALITY:.0%} must")
    cutter = FieldCutter(form.gray, gray, registration)
    models: dict[str, str] = {}

    def read(patches: Sequence[NDArray[np.uint8]], kind: Kind, options: ValueOptions) -> list[Field]:
        readings = examine(patches, kind, options)
        models.update((reading.model.name, reading.model.version) for reading in readings)
        return [reading.field for reading in readings]

    fields = _read_fields(template.fields, cutter, read, thresholds)
    return Page(
        fields=check_sums(fields, template.sums),
        size=(gray.shape[1], gray.shape[0]),
        model="+".join(models) or None,
        version="+".join(models.values()) or None,
        steps=("decode", "register", "fields", *(["sums"] if template.sums else [])),
    )


_Read = Callable[[Sequence[NDArray[np.uint8]], Kind, ValueOptions], list[Field]]


@dataclass(frozen=True)
class _Cut:
    """A field of the template, and what is written there: one patch, or one for each box of a comb."""

    place: FieldPlace
    patches: tuple[Patch, ...]
    box: Box

    @property
    def seen(self) -> bool:
        return all(patch.seen >= _LEAST_SEEN for patch in self.patches)


def _read_fields(
    places: Sequence[FieldPlace], cutter: FieldCutter, read: _Read, thresholds: StatusThresholds
) -> list[Field]:
    cuts = [_cut(place, cutter) for place in places]
    threshold = _trace_threshold([patch for cut in cuts for patch in cut.patches])
    fields: dict[str, Field] = {}
    combs = [cut for cut in cuts if cut.place.cells]
    digits = iter(
        _read_patches(
            [patch for cut in combs for patch in cut.patches], "digit", ValueOptions(), read, threshold
        )
    )
    for cut in combs:
        groups = date_groups(cut.place.cells) if cut.place.kind == "date" else ()
        boxes = [next(digits) for _ in cut.patches]
        fields[cut.place.name] = comb_field(boxes, cut.place.kind, cut.place.options, groups, thresholds)
    alike: dict[tuple[Kind, ValueOptions], list[_Cut]] = {}
    for cut in cuts:
        if not cut.place.cells:
            alike.setdefault((cut.place.kind, cut.place.options), []).append(cut)
    for (kind, options), group in alike.items():
        readings = _read_patches([cut.patches[0] for cut in group], kind, options, read, threshold)
        fields |= {cut.place.name: field for cut, field in zip(group, readings, strict=True)}
    return [_named(fields[cut.place.name], cut) for cut in cuts]


def _cut(place: FieldPlace, cutter: FieldCutter) -> _Cut:
    patches = tuple(cutter.cut(box) for box in place.cells or (place.box,))
    lefts, tops, rights, bottoms = zip(*(patch.box for patch in patches), strict=True)
    return _Cut(place, patches, (min(lefts), min(tops), max(rights), max(bottoms)))


def _strength(patch: Patch) -> float:
    """Return how dark the darkest strokes of a patch are, 0..1 of the paper's light."""
    darkest = float(np.quantile(cv2.blur(patch.image, (3, 3)), 0.01))
    return 1 - darkest / max(1.0, float(np.median(patch.image)))


def _trace_threshold(patches: Sequence[Patch]) -> float:
    """Return the strength below which a patch holds no more than a trace of a rubber, or of the page's other side."""
    return _TRACE * float(np.quantile([_strength(patch) for patch in patches], 0.9))


def _read_patches(
    patches: Sequence[Patch], kind: Kind, options: ValueOptions, read: _Read, threshold: float
) -> list[Field]:
    """Read patches as one field each, boxes in pixels of the photo; what holds no more than a trace is empty."""
    written = [_strength(patch) >= threshold for patch in patches]
    fields = iter(read([patch.image for patch in compress(patches, written)], kind, options))
    return [
        _placed(next(fields), patch)
        if flag
        else Field(kind, "", None, confidence_of_empty(patch.image, line=kind != "digit"), "empty")
        for patch, flag in zip(patches, written, strict=True)
    ]


def _placed(field: Field, patch: Patch) -> Field:
    """Return a field, boxes of its patch, with boxes of the photo."""
    symbols = tuple(
        symbol if symbol.box is None else replace(symbol, box=patch.in_photo(symbol.box))
        for symbol in field.symbols
    )
    box = None if field.box is None else patch.in_photo(field.box)
    return replace(field, symbols=symbols, box=box)


def _named(field: Field, cut: _Cut) -> Field:
    """Return a field with its name and the box of its place; what the photo does not show is not believed."""
    if not cut.seen:
        return Field(field.kind, "", None, 0.0, "review", box=cut.box, name=cut.place.name)
    return replace(field, box=cut.box, name=cut.place.name)
