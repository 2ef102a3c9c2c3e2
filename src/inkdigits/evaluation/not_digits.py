"""Pictures of what is no digit, in MNIST's form: noise, strokes, letters of handwriting fonts."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.normalize import place_as_mnist
from inkdigits.synthesis.fonts import font_files
from inkdigits.synthesis.glyphs import FontGlyphs, leaning, place
from inkdigits.synthesis.strokes import Pen, draw_polylines, smooth_line

__all__ = ["LETTERS", "draw_letters", "draw_noise", "draw_strokes"]

LETTERS = "AEFHKMNPRWXadefhkmnprtwx"
"""Those that are no digit in most hands: without O, I, l, S, Z, B, b, G, g, q, y, C, U, V, T and their like."""

Images = NDArray[np.uint8]


def draw_noise(count: int, rng: np.random.Generator) -> Images:
    """Return noise, uint8 (count, 28, 28): by turns of single pixels, and of blots as large as strokes."""
    noise = rng.random((count, 28, 28), np.float32)
    for number in range(1, count, 2):
        blots = cv2.GaussianBlur(noise[number], (0, 0), float(rng.uniform(1, 3)))
        level = np.quantile(blots, rng.uniform(0.7, 0.95))
        noise[number] = np.clip((blots - level) / max(float(blots.max() - level), 1e-6), 0, 1) ** 0.5
    return np.asarray(np.rint(255 * noise), np.uint8)


def draw_strokes(count: int, rng: np.random.Generator) -> Images:
    """Return scribbles, uint8 (count, 28, 28): three to five smooth strokes, too many to be a digit by chance."""
    images = np.empty((count, 28, 28), np.uint8)
    for number in range(count):
        pen = Pen(width=float(rng.uniform(0.05, 0.16)))
        lines = []
        for _ in range(rng.integers(3, 6)):
            points = rng.uniform(0, 1, (int(rng.integers(2, 6)), 2)).astype(np.float32)
            lines.append(smooth_line(points, np.zeros(len(points), np.bool_)))
        mask, _, _ = draw_polylines(lines, pen, rng)
        images[number] = _placed(mask)
    return images


def draw_letters(count: int, rng: np.random.Generator, fonts: Path) -> Images:
    """Return letters, uint8 (count, 28, 28), slanted and turned a little, in handwriting that no model trained on.

    fonts: the folder of fetched fonts; those held out of training are taken. Raise DataError where it holds none.
    """
    glyphs = FontGlyphs(font_files(fonts, kind="handwritten", use="held-out"))
    images = np.empty((count, 28, 28), np.uint8)
    done = 0
    while done < count:
        letter = LETTERS[rng.integers(len(LETTERS))]
        glyph = glyphs.glyph(letter, int(rng.integers(len(glyphs))))
        if glyph is None:
            continue
        linear = leaning(rng.normal(0, 0.08), rng.normal(0, 0.15), float(np.exp(rng.normal(0, 0.08))))
        height, width = glyph.mask.shape
        shape = (2 * height + width, 2 * width + height)
        images[done] = _placed(place(glyph.mask, linear, (shape[1] / 2, shape[0] / 2), shape))
        done += 1
    return images


def _placed(mask: Images) -> Images:
    left, top, width, height = cv2.boundingRect((mask > 60).view(np.uint8))
    return place_as_mnist(np.divide(mask[top : top + height, left : left + width], 255, dtype=np.float32))
