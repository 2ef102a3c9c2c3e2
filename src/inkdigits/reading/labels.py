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

__all__ = ["LabelCheck", "check_labels", "find_labels", "labels_of_each"]

_PRINTED = 0.1  # the share of the paper's light that print takes away at least
_RULE = 30  # pixels of the working size; straight print that is longer is no letter
_LETTERS_APART, _LINES_APART = 11, 1  # pixels by which letters of one label are joined
_HEIGHTS = (6, 40)  # of a label, in pixels
_LEAST_WIDTH = 14
_OFF = 4  # pixels by which a label may be off its place
_FOCUS = 1.0  # standard deviation in pixels: a photo is softer than print
# How like its print a label is in a photo is a correlation. In a good photo it is 0.98 for all that are there; in a
# poor one it is 0.85 and less, and least where print is small. Other words reach 0.6, words that look alike 0.85.
_BEST = 0.9  # the quantile that tells how good a photo is: of another version, most labels may be elsewhere
_LEAST_TELLING = 0.5  # of that one; below it the photo is too poor to tell
_SAME, _LACK = 0.65, 0.25  # how like its print a label must be; in a poor photo so much less than the best
_GOOD, _SPREAD, _LEAST_SPREAD = (
    0.95,
    5.0,
    0.08,
)  # from which median on labels must be nearly as like theirs as that one
_LIKER = 0.05  # what is elsewhere is by so much more like the label than what the form has there
_NEAR_MEDIAN = 0.1  # and no less like it than most labels are like theirs, but for so much
_FAIR = 0.85  # of the best; in a poorer photo all words are alike, and none is sought elsewhere
_MOST_SOUGHT = 8  # labels; each takes some milliseconds


@dataclass(frozen=True)
class LabelCheck:
    """What of a form's labels is not in its place in a photo.

    missing: their boxes. moved: whether one of them is elsewhere, so that the photo shows another form.
    """

    missing: tuple[Box, ...] = ()
    moved: bool = False


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
    """Tell which labels a straightened photo does not show in their place, and whether one is elsewhere.

    flat, straight: the blank form and the photo as it lies, uint8 (H, W) each, on even paper. labels: those of the form
    that the photo can show. What is written or stamped over is missing, but not moved.
    """
    if not labels:
        return LabelCheck()
    form, photo = (
        np.asarray(cv2.GaussianBlur(picture, (0, 0), _FOCUS), np.uint8) for picture in (flat, straight)
    )
    likeness = np.array([_likeness(_part(form, box), _part(photo, box, _OFF)).max() for box in labels])
    best = float(np.quantile(likeness, _BEST, method="lower"))
    if best < _LEAST_TELLING:
        return LabelCheck()
    median = float(np.median(likeness))
    least = min(_SAME, best - _LACK)
    if median >= _GOOD:
        least = median - max(_LEAST_SPREAD, _SPREAD * (1 - median))
    missing = [box for box, like in zip(labels, likeness, strict=True) if like < least]
    there = [box for box, like in zip(labels, likeness, strict=True) if like >= least]
    usual = max(least, float(np.median(likeness[likeness >= least])) - _NEAR_MEDIAN)
    moved = best >= _FAIR and any(
        _is_elsewhere(box, form, photo, there, usual) for box in missing[:_MOST_SOUGHT]
    )
    return LabelCheck(tuple(missing), moved)


def labels_of_each(boxes: Sequence[Box], labels: Sequence[Box]) -> list[list[Box]]:
    """Return the labels of each field of a form, in order: what is printed inside of it, and nearest to its left.

    boxes: those of the fields. Where another one, or nothing at all, stands between a field and its row's label, as in
    a table, what is nearest above it in its column is a label of it, too.

    >>> labels_of_each([(50, 20, 90, 40)], [(10, 25, 40, 35), (0, 25, 8, 35), (55, 5, 80, 15), (10, 60, 40, 70)])
    [[(10, 25, 40, 35)]]
    """
    fields, printed = (np.array(edges, np.int64).reshape(-1, 4) for edges in (boxes, labels))
    return [[labels[index] for index in _labels_of(field, printed, fields)] for field in fields]


def _labels_of(box: NDArray[np.int64], labels: NDArray[np.int64], fields: NDArray[np.int64]) -> list[int]:
    """Return which labels are those of a field: edges of boxes, int64 (4,), (L, 4) and (F, 4)."""
    left, top = box[0], box[1]
    in_row = _overlap(labels[:, 1::2], box[1::2]) > 0.5
    middles = labels[:, ::2].mean(axis=1)
    inside = np.flatnonzero(in_row & (middles >= left) & (middles <= box[2])).tolist()
    beside = np.flatnonzero(in_row & (labels[:, 2] <= left))
    above = np.flatnonzero((labels[:, 3] <= top) & (_overlap(labels[:, ::2], box[::2]) > 0.5))
    found = list(inside)
    is_parted = True
    if len(beside):
        nearest = int(beside[labels[beside, 2].argmax()])
        found.append(nearest)
        between = fields[:, ::2].mean(axis=1)
        others = (fields != box).any(axis=1) & (between >= labels[nearest, 2]) & (between <= left)
        is_parted = bool((others & (_overlap(fields[:, 1::2], box[1::2]) > 0.5)).any())
    if len(above) and not inside and is_parted:
        found.append(int(above[labels[above, 3].argmax()]))
    return found


def _is_elsewhere(
    box: Box, form: NDArray[np.uint8], photo: NDArray[np.uint8], there: Sequence[Box], least: float
) -> bool:
    """Tell whether a photo shows a label where the form has nothing as like it.

    there: labels that are in their place; what the photo shows there is those, however like another they are.
    """
    label = _part(form, box)
    in_photo, in_form = _likeness(label, photo), _likeness(label, form)
    for left, top, right, bottom in there:
        in_photo[max(0, top - label.shape[0]) : bottom, max(0, left - label.shape[1]) : right] = 0
    near = cv2.dilate(in_form, np.ones((2 * _OFF + 1, 2 * _OFF + 1), np.uint8))
    return bool(((in_photo >= least) & (in_photo > near + _LIKER)).any())


def _likeness(label: NDArray[np.uint8], picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return the correlation, -1..1, of a label with the parts of a picture, float32, one for each place."""
    return np.nan_to_num(np.asarray(cv2.matchTemplate(picture, label, cv2.TM_CCOEFF_NORMED), np.float32))


def _part(picture: NDArray[np.uint8], box: Box, around: int = 0) -> NDArray[np.uint8]:
    left, top, right, bottom = box
    return picture[max(0, top - around) : bottom + around, max(0, left - around) : right + around]


def _overlap(ranges: NDArray[np.int64], one: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return what some ranges, (N, 2), have in common with one, (2,), as shares of the shorter one, float64 (N,)."""
    common = np.minimum(ranges[:, 1], one[1]) - np.maximum(ranges[:, 0], one[0])
    return np.asarray(common / np.maximum(1, np.minimum(np.diff(ranges).ravel(), one[1] - one[0])))
