"""The one normalizer: a picture of one digit -> 28 x 28, as MNIST was made.

MNIST's images come from black and white digits whose bounding box was scaled into 20 x 20 pixels, the aspect ratio
kept, and which were then placed in 28 x 28 with their center of mass in the middle (LeCun et al. 1998, "Gradient-based
learning applied to document recognition", section III-A). This does the same to a photo, after it has told the digit
from frames, ruled lines and neighbors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.containers import Box
from inkdigits.reading.ink import InkImage, extract_ink, to_working_size

__all__ = ["NormalizedDigit", "normalize_digit", "place_as_mnist"]

SIZE = 28
BOX_SIZE = 20
_SHADOW = 12.0  # gray levels; paper more even than this has no shadow to look for
_LEAST_AREA = 12  # pixels of a digit at working size
_PIECE = 0.12  # of the main stroke's score: what else belongs to a digit
_MARK, _LEAST_MARK = 0.03, 6  # of the main stroke's area, and in pixels: what else belongs to another symbol
_COVERED = 0.85  # of a picture's width by a line along its edge
_OPEN_END = 0.05  # of a picture's width: a line that ends so far from others ends in the open
_CENTER = 14.0  # where the center of mass of MNIST images lies, as a pixel index


@dataclass(frozen=True)
class NormalizedDigit:
    """What a classifier sees, and where it came from.

    image: uint8 (28, 28), ink bright on 0.
    box: the ink's bounding box in pixels of the original image.
    """

    image: NDArray[np.uint8]
    box: Box


def normalize_digit(gray: NDArray[np.uint8], *, marks: bool = False) -> list[NormalizedDigit]:
    """Return the digit in a uint8 gray image (H, W), dark or light, as candidates, the likeliest first.

    marks: whether small pieces belong to it as well: the dots of other symbols than digits (!, ÷, %), which beside a
        digit are dirt.

    The list is empty where nothing is written. It holds more than one candidate where it cannot be told from the ink
    alone whether a stroke along an edge is a frame or part of the digit, or an edge in the tone a shadow.
    """
    working = to_working_size(gray)
    candidates: list[NormalizedDigit] = []
    for light in working.polarities:
        for paper_detail in (0.5, 0.2):
            found = extract_ink(working, light=light, paper_detail=paper_detail)
            if found is None:
                continue
            for ink in _inks(found):
                digit = _cut_digit(ink, found, gray.shape, marks)
                if digit is not None and not any(
                    np.array_equal(digit.image, other.image) for other in candidates
                ):
                    candidates.append(digit)
            if found.unevenness < _SHADOW:
                break
    return candidates


def _inks(found: InkImage) -> list[NDArray[np.float32]]:
    """Return the ink with and without lines along the edges, the likelier first."""
    mask = found.mask
    sides = [*_sides(mask, across=True), *_sides(mask.T, across=False)]
    if not sides:
        return [found.ink]
    held = _held(sides, mask.shape)
    bare = [
        np.where(_covered(lines, mask.shape), 0, found.ink).astype(np.float32)
        for lines in (held, sides)
        if lines
    ]
    if not held or _fills_picture(mask):
        return [found.ink, *bare]
    return [*bare, found.ink]


def _cut_digit(
    ink: NDArray[np.float32], found: InkImage, shape: tuple[int, ...], marks: bool
) -> NormalizedDigit | None:
    mask = _digit_mask(ink, found, marks)
    if mask is None:
        return None
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    strokes = np.where(cv2.dilate(mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0, ink, 0)
    saturation = max(float(np.percentile(ink[mask], 60)), 1.0)
    strength = np.asarray(np.clip(strokes / saturation, 0, 1)[top:bottom, left:right], np.float32)
    vertical, horizontal = found.scale
    box = (
        max(0, int(left / horizontal)),
        max(0, int(top / vertical)),
        min(shape[1], int(np.ceil(right / horizontal))),
        min(shape[0], int(np.ceil(bottom / vertical))),
    )
    return NormalizedDigit(place_as_mnist(strength), box)


def place_as_mnist(strength: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Scale ink of shape (h, w), 0..1, cropped to its box, into 20 x 20; center it by mass in uint8 (28, 28)."""
    height, width = strength.shape
    factor = BOX_SIZE / max(height, width)
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    shrinks = factor < 1
    smooth = cv2.GaussianBlur(strength, (0, 0), 0.35 / factor) if factor < 0.7 else strength
    scaled = np.clip(
        cv2.resize(smooth, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC), 0, 1
    )
    total = float(scaled.sum()) or 1.0
    row = float((scaled.sum(axis=1) * np.arange(size[1])).sum()) / total
    column = float((scaled.sum(axis=0) * np.arange(size[0])).sum()) / total
    top = int(np.clip(round(_CENTER - row), 0, SIZE - size[1]))
    left = int(np.clip(round(_CENTER - column), 0, SIZE - size[0]))
    image = np.zeros((SIZE, SIZE), np.uint8)
    image[top : top + size[1], left : left + size[0]] = np.rint(scaled * 255)
    return image


def _fills_picture(mask: NDArray[np.bool_]) -> bool:
    """Tell whether what is written in the middle reaches every edge.

    A digit that is cropped tightly does; a frame that the digit touches seldom closes on all four sides.
    """
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    height, width = mask.shape
    middle = labels[height // 4 : height - height // 4, width // 4 : width - width // 4]
    in_middle = np.bincount(middle[middle > 0], minlength=labels.max() + 1)
    main = int(in_middle.argmax())
    strokes = labels == main
    edges = (strokes[0], strokes[-1], strokes[:, 0], strokes[:, -1])
    return bool(in_middle[main]) and all(edge.any() for edge in edges)


@dataclass(frozen=True)
class _Side:
    """A line along an edge: the rows (or columns) that it takes, and the columns (or rows) where it starts and ends."""

    across: bool  # else upright
    near: bool  # the first edge, else the last
    rows: tuple[int, int]
    ends: tuple[int, int]


def _held(sides: list[_Side], shape: tuple[int, ...]) -> list[_Side]:
    """Return the lines both ends of which reach the edges of the picture, or another such line.

    Those of a frame do; the bar of a T that stands near an edge ends in the open.
    """
    while open_ones := [side for side in sides if not _is_held(side, sides, shape)]:
        sides = [side for side in sides if side not in open_ones]
    return sides


def _covered(sides: list[_Side], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return the pixels from lines along the edges to the edges, bool (h, w)."""
    frame = np.zeros(shape, bool)
    for side in sides:
        covered = frame if side.across else frame.T
        if side.near:
            covered[: side.rows[1] + 1] = True
        else:
            covered[max(side.rows[0] - 1, 0) :] = True
    return frame


def _sides(mask: NDArray[np.bool_], *, across: bool) -> Iterator[_Side]:
    """Give the lines of a mask that lie along its first rows, and its last ones."""
    # A skewed line wanders over a few rows: thicken it before its coverage is measured.
    thick = cv2.dilate(mask.astype(np.uint8), np.ones((3, 1), np.uint8))
    rows = np.flatnonzero(thick.mean(axis=1) > _COVERED)
    limit = len(mask) // 4
    for near, chosen in ((True, rows[rows < limit]), (False, rows[rows >= len(mask) - limit])):
        if len(chosen):
            columns = np.flatnonzero(thick[chosen].any(axis=0))
            yield _Side(
                across, near, (int(chosen[0]), int(chosen[-1]) + 1), (int(columns[0]), int(columns[-1]))
            )


def _is_held(side: _Side, sides: list[_Side], shape: tuple[int, ...]) -> bool:
    """Tell whether both ends of a line reach the picture's edge, or another line."""
    length = shape[1] if side.across else shape[0]
    gap = _OPEN_END * length
    others = [other for other in sides if other.across != side.across]
    return all(
        end == 0
        or end == length - 1
        or any(other.rows[0] - gap <= end <= other.rows[1] + gap for other in others)
        for end in side.ends
    )


def _digit_mask(ink: NDArray[np.float32], found: InkImage, marks: bool) -> NDArray[np.bool_] | None:
    mask = (ink > found.threshold).astype(np.uint8)
    count, labels, stats, centers = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return None
    height, width = mask.shape
    scores = np.zeros(count)
    apart = np.zeros(count, bool)  # from the picture's edges
    for index in range(1, count):
        left, top, wide, tall, area = stats[index]
        offset = np.hypot((centers[index][0] + 0.5) / width - 0.5, (centers[index][1] + 0.5) / height - 0.5)
        at_edge = left == 0 or top == 0 or left + wide == width or top + tall == height
        scores[index] = area * max(0.05, 1 - 1.4 * offset) * (0.6 if at_edge else 1.0)
        apart[index] = not at_edge
    main = int(scores.argmax())
    areas = stats[:, cv2.CC_STAT_AREA]
    if areas[main] < _LEAST_AREA:
        return None
    keep = scores > _PIECE * scores[main]
    if marks:
        keep |= apart & (areas >= max(_MARK * areas[main], _LEAST_MARK))
    return np.isin(labels, np.flatnonzero(keep))
