"""Synthetic photos and scans of fields: numbers, amounts, dates, percentages, and what is none of these.

`field_photos` gives any number of them, `field_block` block number N of the endless series of a seed, so that
several processes can share the work and the series stays the same however it is shared.
"""

import math
from collections.abc import Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import UsageError
from inkdigits.synthesis.camera import Camera, expose, ink_on_paper
from inkdigits.synthesis.distractors import draw_distractor
from inkdigits.synthesis.hands import GlyphSources, Hand
from inkdigits.synthesis.scenes import Scene, choose_scene, draw_surroundings
from inkdigits.synthesis.texts import number_text
from inkdigits.synthesis.writing import WrittenLine, sample_line_style, write_line

__all__ = ["FIELD_BLOCK", "FieldKind", "FieldPhoto", "field_block", "field_photos"]

FIELD_BLOCK = 128
"""Fields in a block."""

FieldKind = Literal["number", "reject", "empty"]
Mask = NDArray[np.uint8]
Rng = np.random.Generator

_REJECT_SHARE = 0.07
_EMPTY_SHARE = 0.03


class FieldPhoto(NamedTuple):
    """A picture, uint8 (H, W); its text as written, without spaces, "" unless a number; and its kind."""

    image: Mask
    text: str
    kind: FieldKind


def field_photos(count: int, seed: int, sources: GlyphSources) -> Iterator[FieldPhoto]:
    """`count` fields, 16 to 140 pixels high; the same count, seed and sources give the same pictures.

    Nine in ten are numbers. Raises `UsageError` for a negative count or seed.
    """
    if count < 0 or seed < 0:
        raise UsageError(f"count {count} and seed {seed} were asked for; both are 0 or more")
    for block in range(-(-count // FIELD_BLOCK)):
        yield from field_block(seed, block, sources)[: count - block * FIELD_BLOCK]


def field_block(
    seed: int, block: int, sources: GlyphSources, *, kind: FieldKind | None = None, count: int = FIELD_BLOCK
) -> list[FieldPhoto]:
    """Block number `block` of the series of `seed`: `count` fields, whatever was drawn before.

    With `kind` all are of that kind, and the series is another.
    """
    rng = np.random.default_rng((seed, block, 1))  # another series than that of digits
    return [_photo(sources, rng, kind) for _ in range(count)]


def _photo(sources: GlyphSources, rng: Rng, kind: FieldKind | None) -> FieldPhoto:
    kind = kind or _choose_kind(rng)
    scene = choose_scene(rng)
    hand = Hand.sample(sources, rng)
    picture_height = round(math.exp(rng.uniform(math.log(scene.height[0]), math.log(scene.height[1]))))
    # Composed at about the size of the picture, finer where that is tiny.
    canvas_height = min(max(picture_height, 48), 88)
    digit = canvas_height * rng.uniform(*scene.digit)
    line, text = _written(kind, scene.name, hand, digit, rng)
    ink, baseline, gaps = _on_canvas(line, scene, canvas_height, rng)
    tone = rng.uniform(*scene.tone)
    pencil = rng.random() < scene.pencil
    darkness = rng.uniform(*scene.darkness) * (0.7 if pencil else 1.0)
    darkness = max(darkness, 26 / tone)
    printed = np.zeros(ink.shape, np.float32)
    columns = np.flatnonzero(ink.any(axis=0))
    extent = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (ink.shape[1] // 2,) * 2
    draw_surroundings(
        scene, printed, rng, ink=darkness, baseline=baseline, gaps=gaps, extent=extent, neighbor=hand
    )
    page = ink_on_paper(ink, printed, rng, tone=tone, darkness=darkness, pencil=pencil)
    digit /= ink.shape[0]
    pen = hand.pen.width * digit * picture_height
    camera = _camera(scene, picture_height, rng, contrast=tone * darkness, pen=pen, digit=digit)
    return FieldPhoto(expose(page, camera, rng), text, kind)


def _choose_kind(rng: Rng) -> FieldKind:
    level = rng.random()
    if level < _EMPTY_SHARE:
        return "empty"
    return "reject" if level < _EMPTY_SHARE + _REJECT_SHARE else "number"


def _written(kind: FieldKind, place: str, hand: Hand, height: float, rng: Rng) -> tuple[WrittenLine, str]:
    if kind == "number":
        text = number_text(rng, place)
        return write_line(text, hand, sample_line_style(hand, rng), rng, height=height), text
    if kind == "reject":
        ink = draw_distractor(hand, rng, height=height)
        return WrittenLine(ink, (), 0.8 * ink.shape[0]), ""
    blank = np.zeros((round(height), round(height * rng.uniform(0.5, 4))), np.uint8)
    return WrittenLine(blank, (), height), ""


def _on_canvas(
    line: WrittenLine, scene: Scene, height: int, rng: Rng
) -> tuple[Mask, float, tuple[float, ...]]:
    """The writing on a canvas with margins: the ink, where its foot is (0 top, 1 bottom), and its gaps."""
    rows, columns = line.ink.shape
    before, after = (round(height * share) for share in rng.uniform(*scene.margin, 2))
    width = max(columns + before + after, round(height * rng.uniform(0.5, 1.8)))
    if scene.name == "logbook":  # cells of a column are equally wide, whatever is in them
        width = max(columns, round(height * rng.uniform(1.3, 2.4)))
    left = before if scene.name != "logbook" else round(rng.uniform(0.1, 0.9) * (width - columns))
    spare = height - rows
    # A tall writer reaches into the border, and loses a little there; on cheques and scans crops are tight.
    top = round(spare * rng.uniform(0.1, 0.9)) if spare > 0 else round(spare * rng.uniform(0.3, 0.7))
    canvas = np.zeros((height, max(width, columns + left)), np.uint8)
    cut = line.ink[max(0, -top) : max(0, -top) + height - max(0, top)]
    canvas[max(0, top) : max(0, top) + cut.shape[0], left : left + columns] = cut
    return canvas, (top + line.baseline) / height, tuple(left + x for x in line.gaps)


def _camera(scene: Scene, height: int, rng: Rng, *, contrast: float, pen: float, digit: float) -> Camera:
    """A camera that leaves the writing readable; `pen` in pixels, `digit` in heights of the picture."""
    height = min(160, max(height, round(11 / digit)))
    return Camera(
        height=height,
        blur=rng.uniform(0.0, 0.024) * digit if rng.random() < 0.6 else 0.0,
        motion=rng.uniform(0.015, 0.05) * digit if rng.random() < 0.05 else 0.0,
        noise=min(10.0, rng.exponential(2.5), 0.14 * contrast * min(1.0, pen)),
        jpeg=int(rng.integers(25, 92)) if rng.random() < scene.jpeg else None,
        bits=1 if pen > 1.1 and rng.random() < scene.binary else 8,
        inverted=rng.random() < 0.03,
    )
