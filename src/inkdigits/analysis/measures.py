"""What can be measured on an image of writing: how much ink, how thick, how slanted, how large; and what stands out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.analysis.collection import Collection

__all__ = ["MEASURES", "Measure", "Outlier", "find_blank", "find_outliers", "measure"]

_INK = 100  # of 255; what is fainter is a stroke's soft edge
_FINER = 3  # how many times the pixels are divided before strokes of one or two of them are measured
_MOST_LEAN = 80.0  # degrees; a level stroke has no slant
_LEAST_PIECE = 3  # pixels
_OUTLIER = 6.0


@dataclass(frozen=True)
class Measure:
    """One thing that is measured: its title, its unit, and the spread under which it is taken for constant."""

    name: str
    title: str
    unit: str
    least_spread: float


MEASURES = (
    Measure("ink", "Ink", "% of the picture", 0.5),
    Measure("stroke_width", "Stroke width", "pixels", 0.15),
    Measure("slant", "Slant to the right", "degrees", 3.0),
    Measure("height", "Height", "pixels", 2.0),
    Measure("width", "Width", "pixels", 2.0),
    Measure("off_center", "Off center", "pixels", 0.4),
    Measure("darkness", "Darkest ink", "% of full", 2.0),
    Measure("pieces", "Pieces", "pieces", 0.5),
)
"""In the order of the columns of what ``measure`` returns."""


@dataclass(frozen=True)
class Outlier:
    """An image that stands out in its class: its number, by which measure, its value, and what is usual.

    score: how many spreads (1.4826 median absolute deviations) it is away from the class's median.
    """

    number: int
    measure: str
    value: float
    usual: float
    score: float


def measure(images: NDArray[np.uint8], tell: Callable[[int], None] | None = None) -> NDArray[np.float32]:
    """Return one row of measures an image, float32 (N, 8), in the order and the units of ``MEASURES``.

    images: uint8 (N, 28, 28), ink bright on 0. tell: is given how many more images are done, now and then.

    ink is the mean of all pixels; stroke_width four times the mean distance of ink from paper, which is the width
    of a long straight stroke; slant the shear that stands the ink upright; height and width those of the ink's
    box; off_center how far the center of mass is from the middle; darkness the brightest pixel; pieces the
    connected parts of 3 pixels and more. A blank image has NaN but for ink, darkness and pieces.
    """
    rows = np.full((len(images), len(MEASURES)), np.nan, np.float32)
    rows[:, 0] = 100 * images.mean(axis=(1, 2)) / 255
    rows[:, 6] = images.max(axis=(1, 2)) * (100 / 255)
    for number, image in enumerate(images):
        rows[number, 7] = _pieces(image)
        left, top, width, height = cv2.boundingRect((image > _INK).view(np.uint8))
        if width:
            lean, off_center = _moments(image)
            stroke = _stroke_width(image[top : top + height, left : left + width])
            rows[number, 1:6] = stroke, lean, height, width, off_center
        if tell is not None and number % 1000 == 999:
            tell(1000)
    if tell is not None:
        tell(len(images) % 1000)
    return rows


def find_blank(rows: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return the numbers of the images without ink, of what ``measure`` returned."""
    return np.flatnonzero(np.isnan(rows[:, 1]))


def find_outliers(collection: Collection, rows: NDArray[np.float32], most: int) -> list[Outlier]:
    """Return up to ``most`` images that are unlike their class in some measure, the furthest first.

    rows: what ``measure`` returned. An image counts from 6 spreads on, and is named once, by the measure in which it
    is furthest. Images without a label are held against each other.
    """
    least = np.array([one.least_spread for one in MEASURES], np.float32)
    scores = np.zeros(rows.shape, np.float32)
    usual = np.zeros(rows.shape, np.float32)
    inked = ~np.isnan(rows[:, 1])
    for label in np.unique(collection.labels):
        members = np.flatnonzero(inked & (collection.labels == label))
        if not len(members):
            continue
        median = np.median(rows[members], axis=0)
        spread = 1.4826 * np.median(np.abs(rows[members] - median), axis=0)
        scores[members] = np.abs(rows[members] - median) / np.maximum(spread, least)
        usual[members] = median
    furthest = scores.argmax(axis=1)
    highest = scores.max(axis=1)
    order = np.argsort(-highest, kind="stable")[:most]
    return [
        Outlier(
            int(number),
            MEASURES[furthest[number]].name,
            float(rows[number, furthest[number]]),
            float(usual[number, furthest[number]]),
            float(highest[number]),
        )
        for number in order
        if highest[number] >= _OUTLIER
    ]


def _pieces(image: NDArray[np.uint8]) -> int:
    _, _, stats, _ = cv2.connectedComponentsWithStats((image > _INK).view(np.uint8), connectivity=8)
    return int((stats[1:, cv2.CC_STAT_AREA] >= _LEAST_PIECE).sum())


def _moments(image: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the slant in degrees, and how far the center of mass is from the middle in pixels."""
    found = cv2.moments(image)
    middle_row, middle_column = (image.shape[0] - 1) / 2, (image.shape[1] - 1) / 2
    column, row = found["m10"] / found["m00"], found["m01"] / found["m00"]
    lean = np.degrees(np.arctan2(-found["mu11"], found["mu02"])) if found["mu02"] else 0.0
    off_center = float(np.hypot(column - middle_column, row - middle_row))
    return float(np.clip(lean, -_MOST_LEAN, _MOST_LEAN)), off_center


def _stroke_width(ink: NDArray[np.uint8]) -> float:
    """Return the width of the strokes in pixels: a stroke's mean depth is a fourth of its width."""
    framed = cv2.copyMakeBorder(ink, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    size = (framed.shape[1] * _FINER, framed.shape[0] * _FINER)
    fine = (cv2.resize(framed, size, interpolation=cv2.INTER_LINEAR) > _INK).view(np.uint8)
    depth = cv2.distanceTransform(fine, cv2.DIST_L2, 3)
    # A pixel's depth is measured to the middle of the nearest paper, half a pixel too far.
    mean = cv2.mean(depth, fine)[0] - 0.5
    return float(4 * mean / _FINER)
