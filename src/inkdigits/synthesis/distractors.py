"""Ink that is no number: words, letters, scribbles, check marks, crossed-out entries, blots.

Each function gives a mask, uint8 (H, W), 255 ink, tight about what is drawn, with letters about `height`
pixels high.
"""

import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.synthesis.glyphs import UNIT, FontGlyphs, leaning, place, with_pen_width
from inkdigits.synthesis.hands import Hand
from inkdigits.synthesis.paper import grain
from inkdigits.synthesis.strokes import draw_polylines, draw_skeleton, smooth_line
from inkdigits.synthesis.texts import number_text, word_text
from inkdigits.synthesis.writing import sample_line_style, write_line

__all__ = ["draw_distractor"]

Mask = NDArray[np.uint8]
Rng = np.random.Generator


def draw_distractor(hand: Hand, rng: Rng, *, height: float) -> Mask:
    """One piece of ink that is no number; words where `hand` has fonts, drawn shapes else."""
    level = rng.random()
    for share, draw in _KINDS:
        level -= share
        if level < 0:
            return draw(hand, rng, height)
    return _scribble(hand, rng, height)


def _word(hand: Hand, rng: Rng, height: float) -> Mask:
    fonts = _fonts_of(hand)
    if fonts is None:
        return _scribble(hand, rng, height)
    mask = fonts.text(word_text(rng), hand.font if hand.source != "mnist" else int(rng.integers(len(fonts))))
    mask = np.asarray(cv2.copyMakeBorder(mask, 2, 2, 2, 2, cv2.BORDER_CONSTANT), np.uint8)
    if not hand.keep_width:
        mask = with_pen_width(mask, hand.pen.width * UNIT)
    return _transformed(mask, leaning(rng.normal(0, 0.04), hand.slant, hand.aspect) * (0.8 * height / UNIT))


def _crossed_out(hand: Hand, rng: Rng, height: float) -> Mask:
    """A number with strokes through it, as many as it takes not to be read."""
    line = write_line(number_text(rng), hand, sample_line_style(hand, rng), rng, height=height)
    ink = line.ink
    rows, columns = ink.shape
    pen = max(1, round(hand.pen.width * height))
    if rng.random() < 0.5:  # straight strokes
        for _ in range(rng.integers(2, 5)):
            left, right = rng.uniform(-0.05, 0.15) * columns, rng.uniform(0.85, 1.05) * columns
            ends = rng.uniform(0.15, 0.85, 2) * rows
            _stroke(
                ink, np.array([[left, ends[0]], [(left + right) / 2, ends.mean()], [right, ends[1]]]), pen
            )
    else:  # to and fro
        turns = int(rng.integers(5, 12))
        x = np.linspace(0.02, 0.98, turns) * columns + rng.normal(0, 0.03 * columns, turns)
        y = np.where(np.arange(turns) % 2, 0.15, 0.85) * rows + rng.normal(0, 0.08 * rows, turns)
        _stroke(ink, np.stack([x, y], axis=1), pen)
    return ink


def _scribble(hand: Hand, rng: Rng, height: float) -> Mask:
    """A tangle of loops."""
    count = int(rng.integers(8, 30))
    reach = np.array([rng.uniform(0.3, 2.0), rng.uniform(0.3, 1.0)])
    return _freehand(rng.uniform(0, 1, (count, 2)) * reach, hand, rng, height)


def _signature(hand: Hand, rng: Rng, height: float) -> Mask:
    """A line that runs in loops and waves to the right, with a large beginning."""
    count = int(rng.integers(12, 40))
    turn = np.arange(count) * rng.uniform(1.2, 2.4)
    size = np.exp(rng.normal(-1.4, 0.4, count)) * np.where(np.arange(count) < 4, 2.5, 1.0)
    x = np.arange(count) * rng.uniform(0.06, 0.14) + size * np.cos(turn)
    return _freehand(np.stack([x, 0.5 + size * np.sin(turn)], axis=1), hand, rng, height)


def _check_mark(hand: Hand, rng: Rng, height: float) -> Mask:
    """A tick or a cross; now and then two."""
    skeleton = _CHECK_MARKS[rng.integers(len(_CHECK_MARKS))]
    mask, _, _ = draw_skeleton(skeleton, hand.pen, rng, unit=UNIT)
    size = rng.uniform(0.7, 1.4) * height / UNIT
    return _transformed(mask, leaning(rng.normal(0, 0.1), hand.slant, hand.aspect) * size)


def _blot(_: Hand, rng: Rng, height: float) -> Mask:
    """A stain without strokes."""
    shape = (max(4, round(height * rng.uniform(0.5, 1.3))), max(4, round(height * rng.uniform(0.5, 3))))
    y, x = np.ogrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    spots = grain(shape, rng, "cloudy") + 1.5 - 3.5 * (x * x + y * y)
    darkest = rng.uniform(120, 400)
    return np.asarray(np.clip(spots * (darkest / spots.max()), 0, 255), np.uint8)


def _fonts_of(hand: Hand) -> FontGlyphs | None:
    return hand.sources.printed if hand.source == "printed" else hand.sources.handwritten


def _freehand(points: NDArray[np.float64], hand: Hand, rng: Rng, height: float) -> Mask:
    line = smooth_line(points.astype(np.float32), np.zeros(len(points), np.bool_))
    mask, _, _ = draw_polylines([line], hand.pen, rng, unit=UNIT)
    return _transformed(mask, leaning(0.0, hand.slant, 1.0) * (height / UNIT))


def _stroke(ink: Mask, points: NDArray[np.float64], thickness: int) -> None:
    line = smooth_line(points.astype(np.float32), np.zeros(len(points), np.bool_))
    cv2.polylines(ink, [np.round(line * 16).astype(np.int32)], False, 255, thickness, cv2.LINE_AA, 4)


def _transformed(mask: Mask, linear: NDArray[np.float64]) -> Mask:
    width, height = (np.abs(linear) @ (mask.shape[1], mask.shape[0])).tolist()
    shape = (max(2, math.ceil(height)), max(2, math.ceil(width)))
    return place(mask, linear, (shape[1] / 2, shape[0] / 2), shape)


_KINDS: tuple[tuple[float, Callable[[Hand, Rng, float], Mask]], ...] = (
    (0.55, _word),
    (0.15, _crossed_out),
    (0.10, _scribble),
    (0.08, _signature),
    (0.08, _check_mark),
    (0.04, _blot),
)
_CHECK_MARKS = (
    "0,60! 18,100! 66,0!",
    "0,56 16,96! 40,40 80,-10",
    "0,0! 60,100! / 60,0! 0,100!",
    "0,60! 18,100! 60,10! / 40,60! 58,100! 100,10!",
    "0,40! 60,44! / 30,10! 32,80!",
    "0,70 20,40 40,70 60,40 80,70 100,40",
)
