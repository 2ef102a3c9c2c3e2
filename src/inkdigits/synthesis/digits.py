"""Synthetic photos and scans of single digits.

`digit_photos` gives any number of them; `digit_block` gives block number N of the endless series of a seed,
so that several processes can share the work and the series stays the same however it is shared.
"""

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import UsageError
from inkdigits.synthesis.camera import Camera, expose, ink_on_paper
from inkdigits.synthesis.glyphs import leaning, place
from inkdigits.synthesis.hands import GlyphSources, Hand
from inkdigits.synthesis.paper import (
    draw_box_edges,
    draw_dotted_rule,
    draw_ghost,
    draw_rule,
    draw_security_pattern,
)

__all__ = ["BLOCK", "DigitPhoto", "digit_block", "digit_photos"]

BLOCK = 256
"""Photos in a block."""

Mask = NDArray[np.uint8]
Scene = Literal["crop", "box", "page", "bitmap"]

_SCENES: tuple[Scene, ...] = ("crop", "box", "page", "bitmap")
_SCENE_BOUNDS = (0.27, 0.60, 0.90)  # shares of 0.27, 0.33, 0.30 and 0.10
_INK_LEVEL = 60  # of 255; what is fainter is a stroke's soft edge
_CANVAS = 72  # pixels of a canvas' height, on which a photo is composed before the camera


class DigitPhoto(NamedTuple):
    """A picture, uint8 (H, W); its digit, 0 to 9; and where that stands: (left, top, right, bottom) in pixels."""

    image: Mask
    label: int
    box: tuple[float, float, float, float]


def digit_photos(count: int, seed: int, sources: GlyphSources) -> Iterator[DigitPhoto]:
    """`count` pictures of one digit each, with sides of 12 to 200 pixels.

    The same count, seed and sources give the same pictures. Raises `UsageError` for a negative count or seed.
    """
    if count < 0 or seed < 0:
        raise UsageError(f"count {count} and seed {seed} were asked for; both are 0 or more")
    for block in range(-(-count // BLOCK)):
        yield from digit_block(seed, block, sources)[: count - block * BLOCK]


def digit_block(seed: int, block: int, sources: GlyphSources) -> list[DigitPhoto]:
    """Block number `block` of the series of `seed`: 256 photos, whatever was drawn before."""
    rng = np.random.default_rng((seed, block))
    return [_photo(sources, rng) for _ in range(BLOCK)]


def _photo(sources: GlyphSources, rng: np.random.Generator) -> DigitPhoto:
    digit = int(rng.integers(10))
    hand = Hand.sample(sources, rng)
    scene = _SCENES[np.searchsorted(_SCENE_BOUNDS, rng.random(), side="right")]
    mask = hand.glyph(str(digit), rng).mask
    ink, digit_share = _placed(mask, hand, scene, rng)
    pencil = bool(rng.random() < 0.35)
    if scene in ("crop", "bitmap"):
        tone, darkness = rng.uniform(215, 255), rng.uniform(0.75, 1.0)
    else:
        tone = rng.uniform(80, 245)
        # Fainter than 28 gray levels and even people guess.
        darkness = max(rng.uniform(0.12, 0.55) if pencil else rng.uniform(0.35, 0.97), 28 / tone)
    printed = np.zeros(ink.shape, np.float32)
    if scene == "box":
        _clutter_box(printed, darkness, sources, rng)
    elif scene == "page":
        _clutter_page(printed, darkness, sources, rng)
    page = ink_on_paper(ink, printed, rng, tone=tone, darkness=darkness, pencil=pencil)
    camera = _camera(scene, rng, contrast=tone * darkness, digit_share=digit_share, pen_width=hand.pen.width)
    image = expose(page, camera, rng)
    return DigitPhoto(image, digit, _box_in(image, ink))


def _box_in(image: Mask, ink: Mask) -> tuple[float, float, float, float]:
    left, top, width, height = cv2.boundingRect((ink > _INK_LEVEL).astype(np.uint8))
    down, across = image.shape[0] / ink.shape[0], image.shape[1] / ink.shape[1]
    return left * across, top * down, (left + width) * across, (top + height) * down


def _placed(mask: Mask, hand: Hand, scene: Scene, rng: np.random.Generator) -> tuple[Mask, float]:
    """The digit, slanted and turned, on a canvas of the scene's size, and its share of the canvas' height."""
    height, width = mask.shape
    linear = leaning(rng.normal(0.0, 0.07), hand.slant + rng.normal(0.0, 0.05), hand.aspect)
    # The extent of a turned rectangle, but for the pixel of margin that masks have.
    extent_x, extent_y = np.maximum(np.abs(linear) @ np.array([width, height], np.float64) - 2, 2)
    side, canvas_width, wander = max(extent_x, extent_y), float(_CANVAS), 0.25
    if scene == "bitmap":
        scale = _CANVAS * rng.uniform(0.62, 0.8) / side
    elif scene == "crop":
        filled = rng.uniform(0.80, 1.04)
        if rng.random() < 0.2:  # stretched to fill, as some data sets do
            stretch = min(max(1.0, side / extent_x), rng.uniform(1, 2.2))
            linear[0] *= stretch
            extent_x *= stretch
        if rng.random() < 0.3:  # tight around the ink, and not square
            canvas_width *= min(max((extent_x / extent_y) / filled + rng.uniform(0, 0.1), 0.25), 1.6)
        scale = min(_CANVAS * filled / extent_y, canvas_width * 1.04 / extent_x)
    else:
        filled = rng.uniform(0.5, 0.86) if scene == "box" else rng.uniform(0.36, 0.92)
        canvas_width *= math.exp(rng.normal(0, 0.1 if scene == "box" else 0.22))
        scale = min(_CANVAS * filled / extent_y, canvas_width * 0.92 / extent_x)
        wander = 0.4
    size = np.array([max(16, round(canvas_width)), _CANVAS])
    spare = np.maximum(size - scale * np.array([extent_x, extent_y]), 2)
    x, y = size / 2 + rng.uniform(-1, 1, 2) * spare * wander
    return place(mask, linear * scale, (x, y), (int(size[1]), int(size[0]))), scale * side / _CANVAS


def _clutter_box(
    printed: NDArray[np.float32], ink: float, sources: GlyphSources, rng: np.random.Generator
) -> None:
    if rng.random() < 0.85:
        draw_box_edges(printed, rng, reach=rng.uniform(0.02, 0.13), darkness=rng.uniform(0.15, 0.95))
    if rng.random() < 0.25:
        _rub_out(printed, ink, sources, rng)


def _clutter_page(
    printed: NDArray[np.float32], ink: float, sources: GlyphSources, rng: np.random.Generator
) -> None:
    chance = rng.random()
    if chance < 0.22:
        level = rng.uniform(-0.2, 0.5)
        while level < 1:
            draw_rule(printed, rng, darkness=rng.uniform(0.05, 0.4), thickness=rng.uniform(0.4, 2), at=level)
            level += rng.uniform(0.35, 1.0)
    elif chance < 0.32:
        draw_dotted_rule(printed, rng, darkness=rng.uniform(0.1, 0.7), at=rng.uniform(0.7, 1))
    elif chance < 0.47:
        draw_box_edges(printed, rng, reach=rng.uniform(0.02, 0.1), darkness=rng.uniform(0.1, 0.8))
    elif chance < 0.57:
        draw_security_pattern(printed, rng, darkness=ink * rng.uniform(0.1, 0.5))
    elif chance < 0.62:  # squared paper
        for at in np.arange(rng.uniform(0, 0.3), 1, rng.uniform(0.25, 0.4)):
            draw_rule(printed, rng, darkness=0.15, thickness=0.8, at=float(at))
            draw_rule(printed.T, rng, darkness=0.15, thickness=0.8, at=float(at))
    if rng.random() < 0.08:
        _rub_out(printed, ink, sources, rng)


def _rub_out(
    printed: NDArray[np.float32], ink: float, sources: GlyphSources, rng: np.random.Generator
) -> None:
    for _ in range(rng.integers(1, 3)):
        other = Hand.sample(sources, rng).glyph(str(rng.integers(10)), rng)
        draw_ghost(printed, other.mask, rng, darkness=ink * rng.uniform(0.08, 0.25))


def _camera(
    scene: Scene, rng: np.random.Generator, *, contrast: float, digit_share: float, pen_width: float
) -> Camera:
    """A camera that leaves the digit readable: the noise stays under the contrast, the digit over 10 px."""
    if scene == "bitmap":
        height = (28, 28, 28, 20, 32)[rng.integers(5)]
    elif scene == "crop":
        height = (16, 16, 16, 20, 28, 28, 32, int(rng.integers(12, 64)))[rng.integers(8)]
    else:
        height = int(math.exp(rng.uniform(math.log(20), math.log(180))))
    height = min(200, max(height, round(10.5 / digit_share)))
    pen_pixels = pen_width * digit_share * height
    return Camera(
        height=height,
        blur=float(rng.uniform(0, 0.022)) if rng.random() < 0.6 else 0.0,
        motion=float(rng.uniform(0.015, 0.05)) if rng.random() < 0.06 and digit_share > 0.5 else 0.0,
        noise=min(12.0, float(rng.exponential(3.0)), 0.16 * contrast * min(1.0, pen_pixels)),
        jpeg=int(rng.integers(25, 92)) if rng.random() < 0.35 else None,
        bits=1 if scene == "crop" and pen_pixels > 1.1 and rng.random() < 0.4 else 8,
        inverted=bool(rng.random() < (0.85 if scene == "bitmap" else 0.06)),
    )
