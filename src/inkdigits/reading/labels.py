"""The words printed on a form, and whether a photo shows them where they should be.

Another version of a form has the same lines, often one row further on, and then what is written in one field would go
by the name of its neighbor. The words beside the fields tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Box

__all__ = ["LabelCheck", "check_labels", "find_labels", "labels_of"]

_PRINTED = 0.1  # the share of the paper's light that print takes away at least
_RULE = 30  # pixels of the working size; straight print that is longer is no letter
_LETTERS_APART, _LINES_APART = 11, 1  # pixels by which letters of one label are joined
_HEIGHTS = (6, 40)  # of a label, in pixels
_LEAST_WIDTH = 14
_OFF = 4  # pixels by which a label may be off its place
_FOCUS = 1.0  # standard deviation in pixels: a photo is softer than print
# How like its print a label is in a photo is a correlation: in a good photo 0.98 of 1 and about so for all labels,
# in a poor one 0.85, and the farther apart. Of another version most may be elsewhere, but hardly the head of the form.
_BEST = (
    0.9  # the share of the labels that may be less like theirs than the one that the others are held against
)
_LEAST_TELLING = 0.5  # of that one; below it the photo is too poor to tell
_SPREAD, _LEAST_SPREAD = 5.0, 0.08  # how far below it a label may be: of what it lacks itself, and at least
_LIKER = 0.05  # what is elsewhere is by so much more like the label than what the form has there


@dataclass(frozen=True)
class LabelCheck:
    """Labels of a form, boxes in its pixels, that a photo does not show in their place; ``moved``: but elsewhere."""

    missing: tuple[Box, ...] = ()
    moved: tuple[Box, ...] = ()


def find_labels(flat: NDArray[np.uint8]) -> list[Box]:
    """Return the boxes of the words and runs of words on a blank form, uint8 (H, W) on even paper, 255."""
    printed = (flat < 255 * (1 - _PRINTED)).astype(np.uint8)
    lying, upright = (
        cv2.morphologyEx(printed, cv2.MORPH_OPEN, np.ones(size, np.uint8))
        for size in ((1, _RULE), (_RULE, 1))
    )
    letters = cv2.subtract(printed, cv2.dilate(cv2.max(lying, upright), np.ones((5, 5), np.uint8)))
    joined = cv2.morphologyEx(letters, cv2.MORPH_CLOSE, np.ones((_LINES_APART, _LETTERS_APART), np.uint8))
    boxes = cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:, :4]
    low, high = _HEIGHTS
    return [
        (int(x), int(y), int(x + w), int(y + h))
        for x, y, w, h in boxes
        if low <= h <= high and w >= max(_LEAST_WIDTH, h)
    ]


def check_labels(flat: NDArray[np.uint8], straight: NDArray[np.uint8], labels: Sequence[Box]) -> LabelCheck:
    """Tell which labels a straightened photo does not show in their place, or shows elsewhere.

    flat, straight: the blank form and the photo as it lies, uint8 (H, W) each, on even paper. labels: of the form.
    What is written or stamped over is missing; where a label is moved, the photo shows another form.
    """
    form, photo = (
        np.asarray(cv2.GaussianBlur(picture, (0, 0), _FOCUS), np.uint8) for picture in (flat, straight)
    )
    likeness = np.array([_likeness(_part(form, box), _part(photo, box, _OFF)).max() for box in labels])
    best = float(np.quantile(likeness, _BEST, method="higher")) if len(likeness) else 0.0
    if best < _LEAST_TELLING:
        return LabelCheck()
    least = best - max(_LEAST_SPREAD, _SPREAD * (1 - best))
    missing = tuple(box for box, like in zip(labels, likeness, strict=True) if like < least)
    return LabelCheck(missing, tuple(box for box in missing if _is_elsewhere(box, form, photo, least)))


def _is_elsewhere(box: Box, form: NDArray[np.uint8], photo: NDArray[np.uint8], least: float) -> bool:
    """Tell whether a photo shows a label where the form has nothing as like it."""
    label = _part(form, box)
    here, there = _likeness(label, photo), _likeness(label, form)
    near = cv2.dilate(there, np.ones((2 * _OFF + 1, 2 * _OFF + 1), np.uint8))
    return bool(((here >= least) & (here > near + _LIKER)).any())


def _likeness(label: NDArray[np.uint8], picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the correlation, -1..1, of a label with the parts of a picture, float32, one for each place."""
    return np.nan_to_num(np.asarray(cv2.matchTemplate(picture, label, cv2.TM_CCOEFF_NORMED), np.float32))


def _part(picture: NDArray[np.uint8], box: Box, around: int = 0) -> NDArray[np.uint8]:
    left, top, right, bottom = box
    return picture[max(0, top - around) : bottom + around, max(0, left - around) : right + around]


def labels_of(box: Box, labels: Sequence[Box]) -> list[Box]:
    """Return what is printed to the left of a field in its row, and above it in its column: the nearest of each.

    >>> labels_of((50, 20, 90, 40), [(10, 25, 40, 35), (0, 25, 8, 35), (55, 5, 80, 15), (10, 60, 40, 70)])
    [(10, 25, 40, 35), (55, 5, 80, 15)]
    """
    left, top, right, bottom = box
    beside = [label for label in labels if label[2] <= left and _overlap(label[1::2], (top, bottom)) > 0.5]
    above = [label for label in labels if label[3] <= top and _overlap((left, right), label[::2]) > 0.5]
    nearest = []
    if beside:
        nearest.append(max(beside, key=lambda label: label[2]))
    if above:
        nearest.append(max(above, key=lambda label: label[3]))
    return nearest


def _overlap(first: tuple[int, ...], second: tuple[int, ...]) -> float:
    """Return the share of the shorter one of two ranges that they have in common."""
    common = min(first[1], second[1]) - max(first[0], second[0])
    return common / max(1, min(first[1] - first[0], second[1] - second[0]))
