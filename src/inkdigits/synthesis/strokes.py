"""Draw skeletons with a pen: jittered, bent, trembling, pressed more or less."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.synthesis.allographs import ALLOGRAPHS, Stroke, parse_skeleton

__all__ = ["Pen", "choose_skeleton", "draw_polylines", "draw_skeleton", "draw_strokes", "smooth_line"]

_SUPERSAMPLING = 2
_STEPS = 6  # points of the drawn line between two points of the skeleton
_RUNS = 5  # pieces of one stroke that are drawn with a width of their own


@dataclass(frozen=True)
class Pen:
    """How a pen draws. All are in heights of a digit; `width` 0.01 is a hair, 0.25 a marker.

    `pressure` is how much the width varies along a stroke (0 to 0.6), `taper` how far the ends thin out (0 to
    1), `tremor` the size of the hand's shaking, `jitter` how far the points of a skeleton wander.
    """

    width: float
    pressure: float = 0.15
    taper: float = 0.0
    tremor: float = 0.004
    jitter: float = 0.03


def choose_skeleton(character: str, rng: np.random.Generator) -> str:
    """A skeleton of `character`, one that is often met more often."""
    choices = ALLOGRAPHS[character]
    level = rng.random() * sum(weight for weight, _ in choices)
    for weight, skeleton in choices:
        level -= weight
        if level < 0:
            return skeleton
    return choices[-1][1]


def draw_skeleton(
    skeleton: str, pen: Pen, rng: np.random.Generator, *, unit: int = 64
) -> tuple[NDArray[np.uint8], float, float]:
    """Draw a skeleton whose digits are `unit` pixels high.

    Returns the mask, uint8 (H, W), 255 ink, cropped to the ink with a border of 1 pixel, and the (left, top)
    of its corner in heights of a digit, measured from the skeleton's origin.
    """
    return draw_strokes(parse_skeleton(skeleton), pen, rng, unit=unit)


def draw_strokes(
    strokes: Sequence[Stroke], pen: Pen, rng: np.random.Generator, *, unit: int = 64
) -> tuple[NDArray[np.uint8], float, float]:
    """Draw strokes with the wander and the tremor of `pen`; returns what `draw_skeleton` does."""
    return draw_polylines([_bent(stroke, pen, rng) for stroke in strokes], pen, rng, unit=unit)


def draw_polylines(
    lines: Sequence[NDArray[np.float32]], pen: Pen, rng: np.random.Generator, *, unit: int = 64
) -> tuple[NDArray[np.uint8], float, float]:
    """Draw smooth lines, float32 (N, 2) in heights of a digit each; returns what `draw_skeleton` does."""
    scale = unit * _SUPERSAMPLING
    margin = 0.75 * pen.width * (1 + pen.pressure) + 1.5 / unit
    points = np.concatenate(lines)
    # The crop starts on a whole pixel, so that the mask and its corner agree.
    left, top = (float(np.floor((value - margin) * unit)) / unit for value in points.min(axis=0))
    right, bottom = (float(value) + margin for value in points.max(axis=0))
    width = max(1, round((right - left) * unit))
    height = max(1, round((bottom - top) * unit))
    canvas = np.zeros((height * _SUPERSAMPLING, width * _SUPERSAMPLING), np.uint8)
    origin = np.array([left, top], np.float32)
    for line in lines:
        _press(canvas, (line - origin) * scale, pen, pen.width * scale, rng)
    mask = np.asarray(cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return mask, left, top


def smooth_line(points: NDArray[np.float32], corners: NDArray[np.bool_]) -> NDArray[np.float32]:
    """A Catmull-Rom line through `points` (N, 2), N > 1, broken at `corners` (N,); float32 (6 N - 5, 2)."""
    return _line_basis(corners.tobytes()) @ points


@lru_cache(maxsize=1024)
def _line_basis(corner_bytes: bytes) -> NDArray[np.float32]:
    """The matrix, float32 (6 N - 5, N), that turns the N points of a stroke into its line."""
    corners = np.frombuffer(corner_bytes, np.bool_)
    each = np.eye(len(corners))
    start, end = each[:-1], each[1:]
    before, after = np.vstack([each[:1], each[:-2]]), np.vstack([each[2:], each[-1:]])
    tangent_start = np.where(corners[:-1, None], end - start, (end - before) / 2)
    tangent_end = np.where(corners[1:, None], end - start, (after - start) / 2)
    t = np.arange(_STEPS) / _STEPS
    hermite = np.stack(
        [2 * t**3 - 3 * t**2 + 1, t**3 - 2 * t**2 + t, 3 * t**2 - 2 * t**3, t**3 - t**2], axis=1
    )
    pieces = np.einsum("sk,knd->nsd", hermite, np.stack([start, tangent_start, end, tangent_end]))
    return np.vstack([pieces.reshape(-1, len(corners)), each[-1:]]).astype(np.float32)


def _bent(stroke: Stroke, pen: Pen, rng: np.random.Generator) -> NDArray[np.float32]:
    points = stroke.points + rng.standard_normal(stroke.points.shape, np.float32) * np.float32(pen.jitter)
    line = smooth_line(points, stroke.corners)
    if pen.tremor > 0:
        shake = rng.standard_normal(line.shape, np.float32) * np.float32(pen.tremor)
        line[1:-1] += (shake[:-2] + shake[1:-1] + shake[2:]) * np.float32(0.6)
    return line


def _press(
    canvas: NDArray[np.uint8], line: NDArray[np.float32], pen: Pen, width: float, rng: np.random.Generator
) -> None:
    """Draw one line onto `canvas` in place, in a few runs of different width."""
    fixed = np.round(line * 16).astype(np.int32)
    if len(fixed) < 2 * _RUNS or (pen.pressure < 0.05 and pen.taper < 0.1):
        cv2.polylines(canvas, [fixed], False, 255, max(1, round(width)), cv2.LINE_AA, 4)
        return
    factors = 1 + pen.pressure * np.clip(rng.standard_normal(_RUNS), -1.6, 1.6)
    factors[-1] *= 1 - 0.6 * pen.taper
    factors[0] *= 1 - 0.4 * pen.taper
    bounds = np.linspace(0, len(fixed) - 1, _RUNS + 1).astype(int)
    for factor, first, last in zip(factors, bounds[:-1], bounds[1:], strict=True):
        thickness = max(1, round(width * float(factor)))
        cv2.polylines(canvas, [fixed[first : last + 1]], False, 255, thickness, cv2.LINE_8, 4)
