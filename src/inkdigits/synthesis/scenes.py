"""The kinds of places where fields are written, and what surrounds the writing there.

The numbers were set by eye and ruler against crops of real logbooks, cheques, dated forms and puzzles.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.synthesis.glyphs import UNIT
from inkdigits.synthesis.hands import Hand
from inkdigits.synthesis.paper import (
    draw_box_edges,
    draw_dotted_rule,
    draw_ghost,
    draw_rule,
    draw_security_pattern,
    draw_side,
    grain,
)

__all__ = ["SCENES", "Scene", "choose_scene", "draw_surroundings"]

Plane = NDArray[np.float32]
Rng = np.random.Generator

_UNITS = (
    "mm", "mm", "cm", "m", "kg", "kg", "g", "mg", "ml", "cl", "km", "km/h", "min", "sec", "mmHg", "bpm", "cc",
    "days", "years", "weeks", "pcs", "qty", "USD", "EUR", "CFA", "Rs", "F", "C", "A", "V", "kW", "kPa",
    "am", "pm", "of", "to", "no", "marks", "pages",
)  # fmt: skip
_LABELS = ("Rs", "Rs.", "$", "$", "No", "Nr.", "EUR", "USD", "x", "T", "No:", "Age", "Wt", "Pg.", "RM", "kr")


@dataclass(frozen=True)
class Scene:
    """One kind of place: ranges that a picture of it is drawn from.

    `height` of the picture in pixels; `digit` the height of digits as a share of the picture's; `tone` of the
    paper, 0 to 255; `darkness` of the ink, 0 to 1; `margin` left and right of the writing in heights of the
    picture; `pencil` the chance of a pencil; `binary` that of a black and white scan; `jpeg` that of
    compression.
    """

    name: Literal["logbook", "cheque", "ruled", "form", "scan", "page"]
    share: float
    height: tuple[float, float]
    digit: tuple[float, float]
    tone: tuple[float, float]
    darkness: tuple[float, float]
    margin: tuple[float, float]
    pencil: float = 0.2
    binary: float = 0.0
    jpeg: float = 0.4


SCENES = (
    Scene(
        "logbook", 0.32, (26, 60), (0.34, 0.85), (110, 242), (0.12, 0.75), (0.02, 0.8), pencil=0.35, jpeg=0.6
    ),
    Scene("cheque", 0.22, (32, 96), (0.5, 0.96), (135, 225), (0.35, 0.95), (0.0, 0.25)),
    Scene("ruled", 0.12, (36, 140), (0.22, 0.6), (130, 225), (0.25, 0.92), (0.05, 0.8)),
    Scene("form", 0.12, (28, 100), (0.35, 0.8), (140, 252), (0.3, 0.95), (0.1, 0.8)),
    Scene(
        "scan",
        0.10,
        (16, 64),
        (0.7, 1.0),
        (225, 255),
        (0.7, 1.0),
        (0.0, 0.15),
        pencil=0.05,
        binary=0.4,
        jpeg=0.2,
    ),
    Scene("page", 0.12, (24, 140), (0.3, 0.9), (80, 245), (0.15, 0.95), (0.02, 1.0), pencil=0.3),
)


def choose_scene(rng: Rng) -> Scene:
    """A scene, by the shares."""
    level = rng.random() * sum(scene.share for scene in SCENES)
    for scene in SCENES:
        level -= scene.share
        if level < 0:
            return scene
    return SCENES[-1]


def draw_surroundings(
    scene: Scene,
    plane: Plane,
    rng: Rng,
    *,
    ink: float,
    baseline: float,
    gaps: tuple[float, ...],
    extent: tuple[int, int],
    neighbor: Hand,
) -> None:
    """Draw onto `plane`, darkness float32 (H, W), what stands about the writing in this scene.

    `ink` is the darkness of the writing, `baseline` its foot (0 top, 1 bottom), `gaps` the x between its
    characters in pixels, `extent` the x where it begins and ends, and `neighbor` the hand that wrote the fields
    beside this one.
    """
    if scene.name in ("logbook", "form", "page", "ruled") and rng.random() < _PRINT_CHANCES[scene.name]:
        _print_beside(plane, rng, ink, baseline, extent, neighbor)
    if scene.name == "logbook":
        if rng.random() < 0.4:
            _sides(plane, rng, ink, extent)
        _logbook(plane, rng, ink, neighbor)
    elif scene.name == "cheque":
        _cheque(plane, rng, ink)
    elif scene.name == "ruled":
        _ruled(plane, rng, ink, baseline)
    elif scene.name == "form":
        _form(plane, rng, gaps)
    elif scene.name == "page":
        _page(plane, rng, ink, neighbor)


_PRINT_CHANCES = {"logbook": 0.22, "form": 0.22, "page": 0.1, "ruled": 0.06}


def _print_beside(
    plane: Plane, rng: Rng, ink: float, baseline: float, extent: tuple[int, int], neighbor: Hand
) -> None:
    """The printed unit after a field, or what stands before it, as far as there is room; it is no part of the text."""
    fonts = neighbor.sources.printed or neighbor.sources.handwritten
    if fonts is None:
        return
    height, width = plane.shape
    after = rng.random() < 0.75
    words = _UNITS if after else _LABELS
    mask = fonts.text(words[rng.integers(len(words))], int(rng.integers(len(fonts))))
    scale = height * rng.uniform(0.14, 0.4) / UNIT
    size = (max(2, round(mask.shape[1] * scale)), max(2, round(mask.shape[0] * scale)))
    small = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.uint8)
    gap = round(height * rng.uniform(0.08, 0.5))
    left = extent[1] + gap if after else extent[0] - gap - size[0]
    top = round(baseline * height + height * rng.normal(0.0, 0.06)) - size[1]
    first, last = max(0, left), min(width, left + size[0])
    rows = slice(max(0, top), min(height, top + size[1]))
    if rows.stop <= rows.start or last - first < 0.3 * size[0]:
        return
    part = small[rows.start - top : rows.stop - top, first - left : last - left]
    if rng.random() < 0.4:  # print in dots
        step = int(rng.integers(2, 5))
        y, x = np.indices(part.shape)
        part = part * ((x + y) % step == 0).astype(np.uint8)
    darkness = ink * rng.uniform(0.15, 1.1)
    target = plane[rows, first:last]
    np.maximum(target, part * np.float32(darkness / 255), out=target)


def _sides(plane: Plane, rng: Rng, ink: float, extent: tuple[int, int]) -> None:
    """The upright borders of the field, as dark as the writing, anywhere between it and the edges of the picture."""
    height, width = plane.shape
    room = 0.06 * height
    ends = ((0.0, extent[0] - room), (extent[1] + room, float(width)))
    for first, last in ends if rng.random() < 0.6 else ends[1:]:
        if last > first:
            draw_side(plane, rng, x=rng.uniform(first, last), darkness=min(1.0, ink * rng.uniform(0.5, 1.4)))


def _logbook(plane: Plane, rng: Rng, ink: float, neighbor: Hand) -> None:
    if rng.random() < 0.65:
        draw_box_edges(
            plane,
            rng,
            reach=rng.uniform(0.03, 0.16),
            darkness=rng.uniform(0.03, 0.5),
            partial=rng.random() < 0.4,
        )
    if rng.random() < 0.35:  # ruled lines that shine through, and the bands of a curved page
        for _ in range(rng.integers(1, 4)):
            draw_rule(plane, rng, darkness=ink * rng.uniform(0.05, 0.22), thickness=rng.uniform(1, 4))
    if rng.random() < 0.2:
        _neighbor_above_or_below(plane, rng, ink, neighbor)
    if rng.random() < 0.12:
        _ghost(plane, rng, ink, neighbor)


def _cheque(plane: Plane, rng: Rng, ink: float) -> None:
    if rng.random() < 0.85:
        draw_security_pattern(plane, rng, darkness=ink * rng.uniform(0.08, 0.55))
    if rng.random() < 0.3:  # a printed tint of specks
        specks = grain((plane.shape[0], plane.shape[1]), rng, "fine" if rng.random() < 0.5 else "medium")
        np.maximum(plane, np.clip(specks * 0.5, 0, 1) * np.float32(ink * rng.uniform(0.1, 0.35)), out=plane)
    if rng.random() < 0.4:
        at = rng.uniform(0.86, 1.0) if rng.random() < 0.75 else rng.uniform(0.0, 0.12)
        draw_rule(plane, rng, darkness=rng.uniform(0.15, 0.8), thickness=rng.uniform(0.6, 2.2), at=at)
    if rng.random() < 0.12:
        draw_box_edges(plane, rng, reach=0.08, darkness=rng.uniform(0.2, 0.7))


def _ruled(plane: Plane, rng: Rng, ink: float, baseline: float) -> None:
    at = baseline + abs(rng.normal(0.02, 0.05))
    if rng.random() < 0.6:
        draw_dotted_rule(plane, rng, darkness=ink * rng.uniform(0.3, 1.0), at=at)
    else:
        draw_rule(plane, rng, darkness=rng.uniform(0.1, 0.7), thickness=rng.uniform(0.5, 2), at=at)
    if rng.random() < 0.2:
        draw_rule(plane, rng, darkness=rng.uniform(0.1, 0.5), thickness=1.0, at=at - rng.uniform(0.5, 0.9))


def _form(plane: Plane, rng: Rng, gaps: tuple[float, ...]) -> None:
    darkness = rng.uniform(0.1, 0.85)
    if rng.random() < 0.4:  # a comb: a box for each character
        top, bottom = rng.uniform(0.0, 0.12), rng.uniform(0.88, 1.0)
        for at in (top, bottom):
            draw_rule(plane, rng, darkness=darkness, thickness=rng.uniform(0.7, 1.6), at=at)
        height = plane.shape[0]
        tick = top if rng.random() < 0.6 else rng.uniform(0.82, 0.92)  # higher ones would look like a 1
        for x in gaps:
            layer = np.zeros(plane.shape, np.uint8)
            ends = [(round(x * 8), round(level * height * 8)) for level in (tick, bottom)]
            cv2.line(layer, ends[0], ends[1], 255, 1, cv2.LINE_AA, 3)
            np.maximum(plane, layer * np.float32(darkness / 255), out=plane)
    else:
        for _ in range(rng.integers(1, 3)):
            draw_box_edges(plane, rng, reach=rng.uniform(0.02, 0.14), darkness=darkness)


def _page(plane: Plane, rng: Rng, ink: float, neighbor: Hand) -> None:
    chance = rng.random()
    if chance < 0.3:
        level = rng.uniform(-0.2, 0.5)
        while level < 1:
            draw_rule(
                plane, rng, darkness=ink * rng.uniform(0.05, 0.4), thickness=rng.uniform(0.4, 2), at=level
            )
            level += rng.uniform(0.35, 1.0)
    elif chance < 0.42:  # squared paper
        step = rng.uniform(0.2, 0.45)
        darkness, thickness = ink * rng.uniform(0.1, 0.35), rng.uniform(0.5, 1.2)
        for at in np.arange(rng.uniform(0, step), 1, step):
            draw_rule(plane, rng, darkness=darkness, thickness=thickness, at=float(at))
        ratio = plane.shape[1] / plane.shape[0]
        for at in np.arange(rng.uniform(0, step), ratio, step):
            draw_rule(plane.T, rng, darkness=darkness, thickness=thickness, at=float(at / ratio))
    if rng.random() < 0.15:
        _neighbor_above_or_below(plane, rng, ink, neighbor)
    if rng.random() < 0.1:
        _ghost(plane, rng, ink, neighbor)


def _neighbor_above_or_below(plane: Plane, rng: Rng, ink: float, neighbor: Hand) -> None:
    """The feet or the heads of what is written in the next row, in the outer eighth of the picture."""
    height, width = plane.shape
    band = max(2, round(height * rng.uniform(0.03, 0.12)))
    x = rng.uniform(0, 0.5) * width
    for _ in range(rng.integers(1, 5)):
        mask = neighbor.glyph(str(rng.integers(10)), rng).mask
        scale = height * 0.6 / mask.shape[0]
        size = (max(2, round(mask.shape[1] * scale)), max(band + 1, round(height * 0.6)))
        small = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
        left = round(x)
        part = small[-band:] if rng.random() < 0.5 else small[:band]
        part = part[:, : max(0, width - left)]
        if part.shape[1] == 0:
            break
        rows = slice(0, band) if part is small[-band:] else slice(height - band, height)
        target = plane[rows, left : left + part.shape[1]]
        np.maximum(target, part * np.float32(ink / 255), out=target)
        x += size[0] * rng.uniform(1.0, 1.4)


def _ghost(plane: Plane, rng: Rng, ink: float, neighbor: Hand) -> None:
    mask = neighbor.glyph(str(rng.integers(10)), rng).mask
    draw_ghost(plane, mask, rng, darkness=ink * rng.uniform(0.06, 0.18))
