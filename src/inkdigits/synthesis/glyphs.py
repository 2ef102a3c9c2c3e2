"""Ink masks of single characters, from three sources: MNIST's training digits, fonts, and drawn strokes.

A `Glyph` is a mask at 64 pixels for a digit's height, and where it sits against the line of writing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageFont

from inkdigits.errors import DataError

__all__ = ["UNIT", "FontGlyphs", "Glyph", "MnistGlyphs", "bend", "leaning", "place", "with_pen_width"]

Mask = NDArray[np.uint8]

UNIT = 64
"""Pixels of a digit's height in every mask."""


@dataclass(frozen=True)
class Glyph:
    """`mask` uint8 (H, W), 255 ink; `left` and `top` of its corner in digit heights: top 0, baseline 1."""

    mask: Mask
    left: float
    top: float


class MnistGlyphs:
    """Digits of MNIST's training set, as masks.

    Give it the training images only, and fewer where some are kept for validation.
    """

    def __init__(self, images: Mask, labels: NDArray[np.int64]) -> None:
        """Take `images` uint8 (N, 28, 28), ink bright, and int `labels` (N,), or raise `DataError`."""
        if images.ndim != 3 or len(images) != len(labels) or set(range(10)) - set(np.unique(labels).tolist()):
            raise DataError(
                f"MNIST digits of shape {images.shape} with {len(labels)} labels; "
                "expected (N, 28, 28), N labels and all ten digits"
            )
        self._images = images
        self._members = [np.flatnonzero(labels == digit) for digit in range(10)]

    @cached_property
    def _slants(self) -> NDArray[np.float32]:
        return np.concatenate(
            [_slants(self._images[i : i + 4096]) for i in range(0, len(self._images), 4096)]
        )

    def glyph(self, digit: int, rng: np.random.Generator, *, slant: float | None = None) -> Glyph:
        """A random image of `digit`; with `slant` (rightward shift a unit of height), one that leans about
        so.
        """
        members = self._members[digit]
        if slant is None:
            image = self._images[members[rng.integers(len(members))]]
        else:
            candidates = members[rng.integers(len(members), size=8)]
            image = self._images[candidates[np.argmin(np.abs(self._slants[candidates] - slant))]]
        left, top, width, height = cv2.boundingRect(image)
        # One pixel of margin, so that thickening has room and the edge stays soft.
        window = np.zeros((height + 2, width + 2), np.uint8)
        window[1:-1, 1:-1] = image[top : top + height, left : left + width]
        scale = min(UNIT / height, 1.4 * UNIT / 20)
        size = (max(2, round(window.shape[1] * scale)), max(2, round(window.shape[0] * scale)))
        mask = np.asarray(cv2.resize(window, size, interpolation=cv2.INTER_CUBIC), np.uint8)
        return Glyph(mask, -scale / UNIT, (UNIT - (height + 1) * scale) / UNIT)


class FontGlyphs:
    """Characters of font files, drawn once each and kept."""

    def __init__(self, files: Sequence[Path]) -> None:
        """Take font files that FreeType reads (TTF, OTF, WOFF); raises `DataError` where there are none."""
        if not files:
            raise DataError("no font files; `python -m inkdigits.synthesis fonts .fonts` fetches them")
        self._files = list(files)
        self._fonts: dict[int, tuple[ImageFont.FreeTypeFont, float]] = {}
        self._glyphs: dict[tuple[int, str], Glyph | None] = {}

    def __len__(self) -> int:
        """The number of fonts."""
        return len(self._files)

    def glyph(self, character: str, font: int) -> Glyph | None:
        """`character` in the font with index `font`; None where the font has no such character."""
        key = (font, character)
        if key not in self._glyphs:
            self._glyphs[key] = self._draw(character, font)
        return self._glyphs[key]

    def text(self, text: str, font: int) -> Mask:
        """A mask, uint8 (H, W), of a whole text, kerned and joined as the font joins it."""
        face, _ = self._face(font)
        left, top, right, bottom = face.getbbox(text)
        mask, _ = face.getmask2(text, mode="L")
        pixels = np.asarray(mask, np.uint8).reshape(mask.size[1], mask.size[0])
        return (
            pixels
            if pixels.size
            else np.zeros((max(1, int(bottom - top)), max(1, int(right - left))), np.uint8)
        )

    def _face(self, font: int) -> tuple[ImageFont.FreeTypeFont, float]:
        """The font at the size where a digit is UNIT high, and the y of its digits' top."""
        if font not in self._fonts:
            path = self._files[font]
            try:
                trial = ImageFont.truetype(path, 100)
                boxes = [trial.getbbox(character) for character in "0123456789"]
                height = float(np.median([box[3] - box[1] for box in boxes]))
                face = ImageFont.truetype(path, 100 * UNIT / max(height, 1.0))
            except OSError as error:
                raise DataError(f"{path}: is not a font that FreeType reads; fetch it anew") from error
            tops = [face.getbbox(character)[1] for character in "0123456789"]
            self._fonts[font] = (face, float(np.median(tops)))
        return self._fonts[font]

    def _draw(self, character: str, font: int) -> Glyph | None:
        face, digits_top = self._face(font)
        mask, offset = face.getmask2(character, mode="L")
        missing, _ = face.getmask2("\U000f0000", mode="L")
        pixels = np.asarray(mask, np.uint8).reshape(mask.size[1], mask.size[0])
        if not pixels.any() or (mask.size == missing.size and bytes(mask) == bytes(missing)):
            return None
        framed = np.asarray(cv2.copyMakeBorder(pixels, 2, 2, 2, 2, cv2.BORDER_CONSTANT), np.uint8)
        return Glyph(framed, 0.0, (offset[1] - 2 - digits_top) / UNIT)


def with_pen_width(mask: Mask, width: float) -> Mask:
    """Thicken or thin the strokes of a mask, uint8 (H, W), to about `width` pixels, by moving their edges.

    The mask grows by the thickening on each side. Thinning stops before the stroke breaks: the edges move in
    by at most 0.55 of half the stroke.
    """
    room = max(0, int(np.ceil(width / 2)))
    padded = cv2.copyMakeBorder(mask, room, room, room, room, cv2.BORDER_CONSTANT, value=0)
    ink = (padded > 127).view(np.uint8)
    inside = np.asarray(cv2.distanceTransform(ink, cv2.DIST_L2, 3), np.float32)
    half = 2 * cv2.mean(inside, ink)[0]  # the mean depth of a stroke is half its half width
    shift = np.float32(max(width / 2 - half, -0.55 * half))
    distance = inside - cv2.distanceTransform(1 - ink, cv2.DIST_L2, 3)
    edge = np.clip(distance + (shift + np.float32(0.5)), 0, 1) * np.float32(255)
    return np.asarray(edge, np.uint8)


def place(
    mask: Mask, linear: NDArray[np.float64], center: tuple[float, float], shape: tuple[int, int]
) -> Mask:
    """A blank canvas of `shape` (H, W) with `mask` on it, transformed by the matrix `linear` (2, 2).

    `center` is where the middle of the mask goes, (x, y) in pixels of the canvas.
    """
    height, width = mask.shape
    (a, b), (c, d) = linear.tolist()
    shrinking = math.sqrt(abs(a * d - b * c))
    if shrinking < 0.6:  # skips pixels: thin strokes would break
        mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.45 / shrinking), np.uint8)
    x, y = center
    matrix = np.array([[a, b, x - (a * width + b * height) / 2], [c, d, y - (c * width + d * height) / 2]])
    return np.asarray(cv2.warpAffine(mask, matrix, (shape[1], shape[0]), flags=cv2.INTER_LINEAR), np.uint8)


def leaning(turn: float, shear: float, aspect: float) -> NDArray[np.float64]:
    """The (2, 2) matrix that widens by `aspect`, leans by `shear` and turns by `turn` radians."""
    cosine, sine = math.cos(turn), math.sin(turn)
    return np.array(
        [[cosine * aspect, -cosine * shear - sine], [sine * aspect, -sine * shear + cosine]],
    )


def bend(mask: Mask, rng: np.random.Generator, strength: float) -> Mask:
    """Bend a mask smoothly; `strength` is the typical shift in pixels."""
    height, width = mask.shape
    coarse = rng.standard_normal((4, 4, 2), np.float32) * np.float32(strength)
    source = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    source[..., 0] += np.arange(width, dtype=np.float32)
    source[..., 1] += np.arange(height, dtype=np.float32)[:, None]
    return np.asarray(cv2.remap(mask, source[..., 0], source[..., 1], cv2.INTER_LINEAR), np.uint8)


def _slants(images: Mask) -> NDArray[np.float32]:
    """Rightward lean of each image: minus the shear that stands its ink upright."""
    ink = images.astype(np.float32)
    total = ink.sum((1, 2)) + 1e-6
    y, x = np.mgrid[: ink.shape[1], : ink.shape[2]].astype(np.float32)
    mean_y, mean_x = (ink * y).sum((1, 2)) / total, (ink * x).sum((1, 2)) / total
    dy, dx = y - mean_y[:, None, None], x - mean_x[:, None, None]
    lean = -(ink * dx * dy).sum((1, 2)) / ((ink * dy * dy).sum((1, 2)) + 1e-6)
    return np.asarray(lean, np.float32)
