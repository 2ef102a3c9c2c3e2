"""What none of one's own symbols looks like: letters, strokes, scribbles, blots and noise, and MNIST's digits.

They pass the normalizer as photos do. What looks like one of the symbols, to the features of the shipped classifier, is
left out: a circle is no negative where a class is drawn as one.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.normalize import normalize_digit
from inkdigits.synthesis.strokes import smooth_line

__all__ = ["draw_negatives", "unlike"]

_SIDE = 64
_FONTS = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_SIMPLEX,
    cv2.FONT_HERSHEY_SCRIPT_COMPLEX,
)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz&?@#$+*"
_QUANTILE = 0.9
_MARGIN = 1.1
_FALLBACK = 16  # negatives that are kept whatever they look like: the class must not be empty


def draw_negatives(count: int, seed: int, *, marks: bool = False) -> NDArray[np.uint8]:
    """Draw ``count`` normalized pieces of ink at random: uint8 (count, 28, 28), ink bright on 0.

    marks: as ``normalize_digit`` takes it.
    """
    rng = np.random.default_rng(seed)
    kinds = (_letters, _letters, _strokes, _strokes, _scribble, _noise)
    drawn: list[NDArray[np.uint8]] = []
    while len(drawn) < count:
        ink = kinds[rng.integers(len(kinds))](rng)
        candidates = normalize_digit(255 - ink, marks=marks)
        if candidates:
            drawn.append(candidates[0].image)
    return np.stack(drawn) if drawn else np.empty((0, 28, 28), np.uint8)


def unlike(
    candidates: NDArray[np.float32], samples: NDArray[np.float32], labels: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Return which candidates lie farther from every sample than samples of one class do from one another.

    candidates: features, (M, F). samples: features, (N, F). labels: (N,). Distances are angles: 1 - cosine. Where
    hardly any candidate is that far, the farthest are returned. A sample alone in its class wants the median distance
    of the others.
    """
    mine, others = _unit(samples), _unit(candidates)
    to_sample = 1 - others @ mine.T  # (M, N)
    reach = np.full(len(mine), np.nan, np.float32)
    for label in np.unique(labels):
        chosen = np.flatnonzero(labels == label)
        if len(chosen) == 1:
            continue
        distances = 1 - mine[chosen] @ mine[chosen].T
        np.fill_diagonal(distances, np.inf)
        reach[chosen] = _MARGIN * np.quantile(distances.min(axis=1), _QUANTILE)
    known = ~np.isnan(reach)
    reach[~known] = np.median(reach[known]) if known.any() else 0
    slack = (to_sample - reach).min(axis=1)
    far = np.flatnonzero(slack > 0)
    return far if len(far) >= _FALLBACK else np.sort(np.argsort(-slack)[:_FALLBACK])


def _unit(features: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(lengths, 1e-6), np.float32)


def _letters(rng: np.random.Generator) -> NDArray[np.uint8]:
    """One letter or two."""
    ink = np.zeros((_SIDE, 2 * _SIDE), np.uint8)
    text = "".join(rng.choice(list(_LETTERS), rng.integers(1, 3)))
    font = _FONTS[rng.integers(len(_FONTS))]
    cv2.putText(ink, text, (16, 46), font, rng.uniform(1.0, 1.5), 255, int(rng.integers(1, 6)), cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((_SIDE, _SIDE / 2), rng.normal(0, 10), 1)
    turn[0, 1] += rng.normal(0, 0.15)
    return np.asarray(cv2.warpAffine(ink, turn, (2 * _SIDE, _SIDE)), np.uint8)


def _strokes(rng: np.random.Generator) -> NDArray[np.uint8]:
    """One to five straight or bent strokes."""
    ink = np.zeros((_SIDE, _SIDE), np.uint8)
    width = int(rng.integers(1, 7))
    for _ in range(rng.integers(1, 6)):
        _draw(ink, rng.uniform(6, _SIDE - 6, (rng.integers(2, 5), 2)), width)
    return ink


def _scribble(rng: np.random.Generator) -> NDArray[np.uint8]:
    ink = np.zeros((_SIDE, _SIDE), np.uint8)
    _draw(ink, rng.uniform(6, _SIDE - 6, (rng.integers(6, 20), 2)), int(rng.integers(1, 5)))
    return ink


def _noise(rng: np.random.Generator) -> NDArray[np.uint8]:
    """A blot, or grains."""
    field = cv2.GaussianBlur(rng.standard_normal((_SIDE, _SIDE)), (0, 0), rng.uniform(0.8, 6))
    limit = np.quantile(field, rng.uniform(0.7, 0.95))
    return np.where(field > limit, 255, 0).astype(np.uint8)


def _draw(ink: NDArray[np.uint8], points: NDArray[np.float64], width: int) -> None:
    line = smooth_line(points.astype(np.float32), np.zeros(len(points), np.bool_))
    cv2.polylines(ink, [np.round(line * 16).astype(np.int32)], False, 255, width, cv2.LINE_AA, 4)
