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

from inkdigits.containers import Box, Field, Page
from inkdigits.errors import FormMismatchError, ImageError, TemplateError
from inkdigits.reading.combs import comb_field, date_groups
from inkdigits.reading.decode import decode_gray
from inkdigits.reading.digits import AskedField, Reading, StatusThresholds
from inkdigits.reading.halftone import out_of_dots
from inkdigits.reading.ink import confidence_of_empty, gray_quantile
from inkdigits.reading.labels import labels_of_each
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.print_removal import FieldCutter, Patch
from inkdigits.reading.registration import BlankForm
from inkdigits.reading.sums import check_sums
from inkdigits.reading.templates import FieldPlace, Template

__all__ = ["ExamineWith", "prepare_form", "read_form"]

ExamineWith = Callable[[Sequence[AskedField]], list[Reading]]
"""Reads gray images as one field each, as what is asked of each."""

_LEAST_QUALITY = 0.4  # of a registration; photos of copies reach 0.6 and more, other forms of one house 0.2
_LEAST_SHOWN = 0.6  # of a form
_TRACE = 0.25  # of the strength of a form's strokes; what is fainter is a trace
_LEAST_INK = 0.003  # of a patch; a dash or a 1 in a wide field covers no more
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

    Raises TemplateError as ``prepare_form`` does, and FormMismatchError where the image shows no copy of the form, too
    little of one, two of them, or another version, whose labels are elsewhere.
    """
    form = prepare_form(template)
    gray = out_of_dots(gray)
    registration = form.register(gray)
    if registration is None or registration.quality < _LEAST_QUALITY:
        found = (
            "nothing of it was found" if registration is None else f"{registration.quality:.0%} of it agrees"
        )
        raise FormMismatchError(f"does not match the form: {found}, at least {_LEAST_QUALITY:.0%} must")
    if registration.shown < _LEAST_SHOWN:
        raise FormMismatchError(
            f"shows {registration.shown:.0%} of the form, at least {_LEAST_SHOWN:.0%} must be in the picture"
        )
    if form.has_another_copy(gray, registration):
        raise FormMismatchError(
            "shows the form more than once; cut the picture, so that each copy has its own"
        )
    labels = form.check_labels(registration, gray.shape)
    if labels.moved:
        raise FormMismatchError(
            "does not match the form: what is printed beside its fields is elsewhere; is it another version of it?"
        )
    cutter = FieldCutter(form.printed, gray, registration)
    models: dict[str, str] = {}

    def read(asked: Sequence[AskedField]) -> list[Field]:
        readings = examine(asked)
        models.update((reading.model.name, reading.model.version) for reading in readings)
        return [reading.field for reading in readings]

    fields = _read_fields(template.fields, cutter, read, thresholds)
    if labels.missing:
        fields = _doubted(fields, template.fields, form.labels, labels.missing)
    return Page(
        fields=check_sums(fields, template.sums),
        size=(gray.shape[1], gray.shape[0]),
        model="+".join(sorted(models)) or None,
        version="+".join(models[name] for name in sorted(models)) or None,
        steps=("decode", "register", "labels", "fields", *(["sums"] if template.sums else [])),
    )


_Read = Callable[[Sequence[AskedField]], list[Field]]


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
    found = iter(_read_patches([pair for cut in cuts for pair in _asked_of(cut)], read))
    fields = []
    for cut in cuts:
        place = cut.place
        field, *others = (next(found) for _ in cut.patches)
        if place.cells:
            groups = date_groups(place.cells) if place.kind == "date" else ()
            field = comb_field([field, *others], place.kind, place.options, groups, thresholds)
        fields.append(_named(field, cut))
    return fields


def _asked_of(cut: _Cut) -> list[tuple[Patch, AskedField]]:
    """Return the patches of a field, and what each is read as; the boxes of a comb hold a digit each."""
    place = cut.place
    if place.cells:
        return [(patch, AskedField(patch.image, "digit", ValueOptions())) for patch in cut.patches]
    return [(patch, AskedField(patch.image, place.kind, place.options)) for patch in cut.patches]


def _cut(place: FieldPlace, cutter: FieldCutter) -> _Cut:
    patches = tuple(cutter.cut(box) for box in place.cells or (place.box,))
    lefts, tops, rights, bottoms = zip(*(patch.box for patch in patches), strict=True)
    return _Cut(place, patches, (min(lefts), min(tops), max(rights), max(bottoms)))


def _strength(patch: Patch) -> float:
    """Return how dark the darkest strokes of a patch are, 0..1 of the paper's light."""
    darkest = gray_quantile(np.asarray(cv2.blur(patch.image, (3, 3)), np.uint8), _LEAST_INK)
    return 1 - darkest / max(1, gray_quantile(patch.image, 0.5))


def _read_patches(patches: Sequence[tuple[Patch, AskedField]], read: _Read) -> list[Field]:
    """Read patches as one field each, boxes in pixels of the photo.

    What is far fainter than the writing on the page is a trace of a rubber, or of the page's other side: it is empty.
    """
    strengths = np.array([_strength(patch) for patch, _ in patches])
    written = strengths >= _TRACE * np.quantile(strengths, 0.9)
    fields = iter(read([asked for _, asked in compress(patches, written)]))
    return [
        _placed(next(fields), patch) if flag else _empty(asked)
        for (patch, asked), flag in zip(patches, written, strict=True)
    ]


def _empty(asked: AskedField) -> Field:
    confidence = confidence_of_empty(asked.image, line=asked.kind != "digit")
    return Field(asked.kind, "", None, confidence, "empty")


def _placed(field: Field, patch: Patch) -> Field:
    """Return a field, boxes of its patch, with boxes of the photo."""
    symbols = tuple(
        symbol if symbol.box is None else replace(symbol, box=patch.in_photo(symbol.box))
        for symbol in field.symbols
    )
    box = None if field.box is None else patch.in_photo(field.box)
    return replace(field, symbols=symbols, box=box)


def _doubted(
    fields: Sequence[Field], places: Sequence[FieldPlace], labels: Sequence[Box], missing: Sequence[Box]
) -> list[Field]:
    """Return the fields, those to be reviewed of whose labels one is missing: whether they are these is not sure."""
    lost = set(missing)
    return [
        replace(field, status="review") if field.status in ("ok", "empty") and lost & set(own) else field
        for field, own in zip(fields, labels_of_each([place.box for place in places], labels), strict=True)
    ]


def _named(field: Field, cut: _Cut) -> Field:
    """Return a field with its name and the box of its place; what the photo does not show is not believed."""
    if not cut.seen:
        return Field(field.kind, "", None, 0.0, "review", box=cut.box, name=cut.place.name)
    return replace(field, box=cut.box, name=cut.place.name)
