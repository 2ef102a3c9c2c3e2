"""What paper brings into a picture: its tone, grain and shade, and what is printed or left on it.

Paper is a float32 plane of brightness (H, W), 0 to 255. What is on it is a float32 plane of darkness (H, W),
0 none, 1 black, that the functions named `draw_...` add to in place.
"""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = [
    "draw_box_edges",
    "draw_dotted_rule",
    "draw_ghost",
    "draw_rule",
    "draw_security_pattern",
    "draw_side",
    "grain",
    "shade",
    "sheet",
]

Plane = NDArray[np.float32]

_BANK_SIZE = 512
_GRAINS = {"white": 0.0, "fine": 0.7, "medium": 1.6, "coarse": 4.0, "cloudy": 14.0}


def sheet(shape: tuple[int, int], tone: float, rng: np.random.Generator, *, roughness: float = 3.0) -> Plane:
    """Blank paper of brightness `tone` (0 to 255) in an uneven light; its grain deviates by `roughness` at
    most.
    """
    paper = shade(shape, rng, strength=(0.02, 0.05, 0.05, 0.12, 0.3)[rng.integers(5)])
    paper *= np.float32(tone)
    kind = ("white", "fine", "medium", "coarse", "cloudy")[rng.integers(5)]
    paper += grain(shape, rng, kind) * np.float32(min(roughness, rng.exponential(1.6)))
    if rng.random() < 0.25:
        paper += grain(shape, rng, "cloudy") * np.float32(rng.uniform(0.3, 1.7) * roughness)
    return paper


def grain(shape: tuple[int, int], rng: np.random.Generator, kind: str) -> Plane:
    """Noise of mean 0 and deviation 1: "white", "fine", "medium", "coarse" or "cloudy".

    It is a window of a plane made once, since making noise afresh costs more than all the rest of a picture.
    """
    bank = _bank()[kind]
    height, width = shape
    if height > _BANK_SIZE or width > _BANK_SIZE:
        bank = np.tile(bank, (-(-height // _BANK_SIZE), -(-width // _BANK_SIZE)))
    top = rng.integers(bank.shape[0] - height + 1)
    left = rng.integers(bank.shape[1] - width + 1)
    window = bank[top : top + height, left : left + width]
    turn = rng.integers(4)
    return window[:: 1 - 2 * (turn & 1), :: 1 - (turn & 2)]


def shade(shape: tuple[int, int], rng: np.random.Generator, *, strength: float) -> Plane:
    """A smooth light of about 1, float32 (H, W); now and then with the edge of a shadow across it."""
    height, width = shape
    corners = 1 + strength * rng.uniform(-1, 1, (2, 2)).astype(np.float32)
    light = np.asarray(cv2.resize(corners, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    if rng.random() < 0.06:
        y, x = np.ogrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]
        angle = rng.uniform(0, 2 * np.pi)
        edge = (np.cos(angle) * x + np.sin(angle) * y + rng.uniform(-0.4, 0.4)) / rng.uniform(0.01, 0.4)
        light *= (1 - rng.uniform(0.08, 0.4) / (1 + np.exp(np.clip(edge, -30, 30)))).astype(np.float32)
    return light


def draw_rule(
    plane: Plane, rng: np.random.Generator, *, darkness: float, thickness: float, at: float | None = None
) -> None:
    """A ruled line across the plane, near the height `at` (0 top, 1 bottom; anywhere by default)."""
    height, width = plane.shape
    y = (rng.uniform(0, 1) if at is None else at) * height
    tilt = rng.normal(0, 0.012) * width
    _line(plane, (-2, y - tilt), (width + 2, y + tilt), darkness, thickness)


def draw_side(plane: Plane, rng: np.random.Generator, *, x: float, darkness: float) -> None:
    """An upright border near the column `x` in pixels, from the top of the plane to its foot; now and then doubled."""
    height = plane.shape[0]
    tilt = rng.normal(0, 0.02) * height
    thickness = height * (0.012, 0.02, 0.035, 0.05)[rng.integers(4)]
    _line(plane, (x - tilt, -2), (x + tilt, height + 2), darkness, thickness)
    if rng.random() < 0.2:
        gap = rng.uniform(0.04, 0.09) * height
        _line(plane, (x - tilt + gap, -2), (x + tilt + gap, height + 2), 0.7 * darkness, thickness)


def draw_dotted_rule(plane: Plane, rng: np.random.Generator, *, darkness: float, at: float) -> None:
    """A line of dots or dashes near the height `at` (0 top, 1 bottom)."""
    height, width = plane.shape
    step = max(2.5, height * rng.uniform(0.03, 0.1))
    size = max(0.7, step * rng.uniform(0.12, 0.3))
    dash = step * (0.0, 0.0, 0.45)[rng.integers(3)]
    slope = rng.normal(0, 0.012)
    # Darkness is drawn onto a plane of its own, 8 bits deep, where OpenCV's lines are anti-aliased.
    layer = np.zeros(plane.shape, np.uint8)
    start = rng.uniform(-step, step)
    for x in np.arange(start, width, step):
        y = at * height + slope * (x - width / 2)
        ends = (round(x * 16), round(y * 16)), (round((x + dash) * 16), round(y * 16))
        cv2.line(layer, *ends, 255, max(1, round(2 * size)), cv2.LINE_AA, 4)
    _add(plane, layer, darkness)


def draw_box_edges(
    plane: Plane, rng: np.random.Generator, *, reach: float, darkness: float, partial: bool = False
) -> None:
    """The printed borders of the box a field stands in, at one to four sides, within `reach` (of the height)
    of the edge.

    A border runs across the whole side, so that it never looks like a stroke of its own; with `partial` it
    may begin or end within the outer `reach`, as where two borders meet in a corner.
    """
    height, width = plane.shape
    layer = np.zeros(plane.shape, np.uint8)
    sides = rng.permutation(4)[: (1, 1, 2, 2, 2, 3, 4)[rng.integers(7)]]
    near = reach * height
    for side in sides:
        thickness = max(1, round(min(near, height * (0.02, 0.035, 0.06, 0.1)[rng.integers(4)]) * 2))
        inset = rng.uniform(-0.3, 1) * near
        tilt = rng.normal(0, 0.25) * near
        length, across = (width, height) if side < 2 else (height, width)
        begin, end = (
            (-2.0, length + 2.0)
            if not partial
            else (rng.uniform(-near, near), length + rng.uniform(-near, near))
        )
        level = inset if side % 2 == 0 else across - inset
        ends = [(begin, level - tilt / 2), (end, level + tilt / 2)]
        if side >= 2:
            ends = [(y, x) for x, y in ends]
        fixed = [(round(x * 8), round(y * 8)) for x, y in ends]
        value = round(255 * rng.uniform(0.6, 1))
        cv2.line(layer, fixed[0], fixed[1], value, max(1, thickness // 2), cv2.LINE_AA, 3)
        if rng.random() < 0.2:  # a doubled border
            gap = rng.uniform(0.05, 0.09) * height * (-1 if side % 2 == 0 else 1)
            shifted = [(x, y + gap) if side < 2 else (x + gap, y) for x, y in ends]
            fixed = [(round(x * 8), round(y * 8)) for x, y in shifted]
            cv2.line(layer, fixed[0], fixed[1], value, max(1, thickness // 3), cv2.LINE_AA, 3)
    _add(plane, layer, darkness)


def draw_security_pattern(plane: Plane, rng: np.random.Generator, *, darkness: float) -> None:
    """The fine waves, crossing lines or cloth of cheques."""
    height, width = plane.shape
    layer = np.zeros(plane.shape, np.uint8)
    for _ in range((1, 1, 2, 3)[rng.integers(4)]):
        step = height * rng.uniform(0.05, 0.16)
        wave_height = step * rng.uniform(0, 2.2)
        wave_length = height * rng.uniform(0.4, 3)
        slope = rng.normal(0, 0.35)
        bow = rng.normal(0, 0.3) / height
        across, along = (width, height) if rng.random() < 0.15 else (height, width)
        x = np.linspace(-2, along + 2, max(8, int(along / height * 14)))
        reach = abs(slope) * along + abs(bow) * along * along / 4 + 2 * wave_height
        levels = np.arange(-reach, across + reach, step)[:, None]
        phases = np.arange(len(levels))[:, None] * rng.uniform(-0.5, 0.5)
        y = levels + slope * (x - along / 2) + bow * (x - along / 2) ** 2
        y += wave_height * np.sin(x * (2 * np.pi / wave_length) + phases)
        pair = [np.broadcast_to(x, y.shape), y] if along == width else [y, np.broadcast_to(x, y.shape)]
        lines = np.round(np.stack(pair, axis=2) * 8).astype(np.int32)
        cv2.polylines(layer, list(lines), False, 255, 1, cv2.LINE_AA, 3)
    _add(plane, layer, darkness)


def draw_ghost(plane: Plane, mask: NDArray[np.uint8], rng: np.random.Generator, *, darkness: float) -> None:
    """Writing that was rubbed out, or shines through: `mask` uint8, placed anywhere, faint and blurred."""
    height, width = plane.shape
    scale = height * rng.uniform(0.25, 0.8) / mask.shape[0]
    matrix = np.array(
        [[scale, 0, rng.uniform(-0.2, 0.9) * width], [0, scale, rng.uniform(-0.2, 0.8) * height]]
    )
    layer = cv2.warpAffine(mask, matrix, (width, height), flags=cv2.INTER_LINEAR)
    layer = cv2.GaussianBlur(layer, (0, 0), max(0.6, height * rng.uniform(0.006, 0.03)))
    _add(plane, np.asarray(layer, np.uint8), darkness)


def _line(
    plane: Plane, start: tuple[float, float], end: tuple[float, float], darkness: float, thickness: float
) -> None:
    layer = np.zeros(plane.shape, np.uint8)
    points = [(round(x * 8), round(y * 8)) for x, y in (start, end)]
    # A line thinner than a pixel is a fainter one.
    cv2.line(layer, points[0], points[1], 255, max(1, round(thickness)), cv2.LINE_AA, 3)
    _add(plane, layer, darkness * min(1.0, thickness))


def _add(plane: Plane, layer: NDArray[np.uint8], darkness: float) -> None:
    np.maximum(plane, layer * np.float32(darkness / 255), out=plane)


@cache
def _bank() -> dict[str, Plane]:
    rng = np.random.default_rng(20_231)
    planes = {}
    for name, sigma in _GRAINS.items():
        plane = rng.standard_normal((_BANK_SIZE, _BANK_SIZE), np.float32)
        if sigma:
            plane = np.asarray(cv2.GaussianBlur(plane, (0, 0), sigma), np.float32)
            plane /= plane.std()
        planes[name] = plane
    return planes
