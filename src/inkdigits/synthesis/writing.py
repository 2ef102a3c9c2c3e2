"""Set a text as one hand writes it: character by character along a line that wanders."""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.synthesis.allographs import Stroke, parse_skeleton
from inkdigits.synthesis.glyphs import UNIT, Glyph, leaning, place
from inkdigits.synthesis.hands import Hand
from inkdigits.synthesis.strokes import Pen, draw_polylines, draw_strokes

__all__ = ["LineStyle", "WrittenLine", "sample_line_style", "write_line"]

Mask = NDArray[np.uint8]

_GAPS = (-0.05, 0.0, 0.05, 0.1, 0.15, 0.25, 0.5)
_LOW_MARKS = frozenset(".,")


@dataclass(frozen=True)
class LineStyle:
    """How a hand runs along a line; lengths are in heights of a digit.

    `gap` between characters (below 0 they overlap) with a deviation of `gap_wander`; `size_wander` and
    `baseline_wander` from character to character; `slope` of the line in radians; `mark_size` of separators
    against the usual; points and commas stand `mark_rise` above the line, with `mark_space` more on either side,
    and are as dark as `mark_strength`, 0..1, of the digits; `joined` is how often neighbors hang together by a
    stroke, `run_of_zeros` and `run_of_ones` how often zeros, or ones, are written in one.
    """

    gap: float = 0.1
    gap_wander: float = 0.04
    size_wander: float = 0.05
    baseline_wander: float = 0.03
    slope: float = 0.0
    mark_size: float = 1.0
    mark_rise: float = 0.0
    mark_space: float = 0.0
    mark_strength: float = 1.0
    joined: float = 0.0
    run_of_zeros: float = 0.0
    run_of_ones: float = 0.0


@dataclass(frozen=True)
class WrittenLine:
    """`ink` uint8 (H, W), 255 ink, tight about the writing; `gaps` are the x, in pixels, between characters.

    `baseline` is the y of the foot of the digits, in pixels.
    """

    ink: Mask
    gaps: tuple[float, ...]
    baseline: float


@dataclass(frozen=True)
class _Item:
    """A glyph in its place on an upright line: `x` and `y` of its middle, in heights of a digit."""

    mask: Mask
    x: float
    y: float
    size: float
    widening: float


def sample_line_style(hand: Hand, rng: np.random.Generator) -> LineStyle:
    """A random style that suits `hand`: print is even, running hands join."""
    if hand.source == "printed":
        return LineStyle(
            gap=rng.uniform(0.02, 0.25), gap_wander=0.005, size_wander=0.003, baseline_wander=0.003
        )
    running = rng.random() < 0.4
    loose_zeros = rng.random() < 0.4 or (hand.keep_width and hand.source != "mnist")
    return LineStyle(
        gap=rng.normal(0.0, 0.05) if running else _GAPS[rng.integers(len(_GAPS))] + rng.normal(0, 0.05),
        gap_wander=rng.uniform(0.02, 0.09),
        size_wander=rng.uniform(0.02, 0.11),
        baseline_wander=rng.uniform(0.0, 0.07),
        slope=rng.normal(0.0, 0.035),
        mark_size=math.exp(rng.normal(0.0, 0.28)),
        mark_rise=rng.uniform(0.08, 0.55) if rng.random() < 0.3 else 0.0,
        mark_space=rng.uniform(0.05, 0.4) if rng.random() < 0.25 else 0.0,
        mark_strength=rng.uniform(0.3, 1.0) if rng.random() < 0.3 else 1.0,
        joined=rng.uniform(0.2, 0.8) if running and rng.random() < 0.6 else 0.0,
        run_of_zeros=0.0 if loose_zeros else rng.uniform(0.4, 1.0),
        run_of_ones=rng.uniform(0.4, 1.0) if "1" in hand.own_shapes and rng.random() < 0.4 else 0.0,
    )


def write_line(
    text: str, hand: Hand, style: LineStyle, rng: np.random.Generator, *, height: float
) -> WrittenLine:
    """Write `text` with digits about `height` pixels high."""
    items, gaps = _set_upright(text, hand, style, rng)
    # MNIST's digits are chosen among those that lean by 0.1, fonts lean as they do.
    lean = leaning(style.slope, hand.slant - (0.1 if hand.source == "mnist" else 0.0), 1.0)
    wander = 0.0 if hand.source == "printed" else 0.04
    windows = [_window(item, lean, height, rng.normal(0.0, wander)) for item in items]
    left = min(x for x, _, _ in windows)
    top = min(y for _, y, _ in windows)
    right = max(x + mask.shape[1] for x, _, mask in windows)
    bottom = max(y + mask.shape[0] for _, y, mask in windows)
    ink = np.zeros((bottom - top, right - left), np.uint8)
    for x, y, mask in windows:
        part = ink[y - top : y - top + mask.shape[0], x - left : x - left + mask.shape[1]]
        np.maximum(part, mask, out=part)
    middle = height * (lean @ np.array([0.0, 0.5]))[0] - left
    return WrittenLine(ink, tuple(height * gap + middle for gap in gaps), height - top)


def _set_upright(
    text: str, hand: Hand, style: LineStyle, rng: np.random.Generator
) -> tuple[list[_Item], list[float]]:
    """Set `text` along an upright line, its baseline at y 1; also the x of the gaps between characters."""
    items: list[_Item] = []
    gaps: list[float] = []
    cursor, level, position = 0.0, 0.0, 0
    while position < len(text):
        character = text[position]
        run = _run_from(text, position)
        if character == "0" and run > 1 and rng.random() < style.run_of_zeros:
            glyph, taken = _joined_zeros(run, hand, rng), run
        elif character == "1" and run > 1 and rng.random() < style.run_of_ones:
            glyph, taken = _joined_ones(run, hand, rng), run
        else:
            glyph, taken = hand.glyph(character, rng, alike=True), 1
        digit = character.isdigit()
        level = 0.6 * level + rng.normal(0.0, style.baseline_wander)
        size = math.exp(rng.normal(0.0, style.size_wander)) * (1.0 if digit else style.mark_size)
        width = glyph.mask.shape[1] / UNIT * hand.aspect * size
        space = style.gap + rng.normal(0.0, style.gap_wander)
        if character in _LOW_MARKS or (position and text[position - 1] in _LOW_MARKS):
            space = 0.6 * space + rng.normal(0.0, 0.04) + style.mark_space  # points and commas nestle
        elif not digit or (position and not text[position - 1].isdigit()):
            space += abs(rng.normal(0.0, 0.08))
        if position:
            cursor += space
            gaps.append(cursor - space / 2)
        item = _standing(glyph, cursor, width, size, level, hand.aspect, digit)
        if character in _LOW_MARKS:
            item = _as_mark(item, style, rng, 1.0 if character == "." else 0.5)
        if (
            items
            and style.joined > 0
            and digit
            and text[position - 1].isdigit()
            and rng.random() < style.joined
        ):
            link = _join(items[-1], item, hand, rng)
            items += [] if link is None else [link]
        items.append(item)
        cursor += width
        position += taken
    return items, gaps


def _standing(
    glyph: Glyph, left: float, width: float, size: float, level: float, aspect: float, digit: bool
) -> _Item:
    middle = glyph.top + glyph.mask.shape[0] / UNIT / 2
    # Digits grow from the baseline; separators about their middle, so that a large point stays on the line.
    y = 1 + (middle - 1) * size if digit else middle
    return _Item(glyph.mask, left + width / 2, y + level, size, aspect * size)


def _as_mark(item: _Item, style: LineStyle, rng: np.random.Generator, share: float) -> _Item:
    """A point or a comma as dark as `style` has it, and that `share` of its height above the line."""
    rise = share * max(0.0, style.mark_rise + rng.normal(0.0, 0.05)) if style.mark_rise else 0.0
    mask = (
        item.mask if style.mark_strength == 1 else cv2.convertScaleAbs(item.mask, alpha=style.mark_strength)
    )
    return replace(item, mask=np.asarray(mask, np.uint8), y=item.y - rise)


def _window(item: _Item, lean: NDArray[np.float64], height: float, turn: float) -> tuple[int, int, Mask]:
    """The transformed glyph in a window of its own, with the window's corner (x, y) on the line's canvas."""
    linear = lean @ leaning(turn, 0.0, 1.0)
    linear[:, 0] *= item.widening * height / UNIT
    linear[:, 1] *= item.size * height / UNIT
    rows, columns = item.mask.shape
    (a, b), (c, d) = linear.tolist()
    half_x = (abs(a) * columns + abs(b) * rows) / 2 + 1
    half_y = (abs(c) * columns + abs(d) * rows) / 2 + 1
    x, y = (height * (lean @ (item.x, item.y))).tolist()
    left, top = math.floor(x - half_x), math.floor(y - half_y)
    shape = (math.ceil(y + half_y) - top, math.ceil(x + half_x) - left)
    return left, top, place(item.mask, linear, (x - left, y - top), shape)


def _run_from(text: str, position: int) -> int:
    """How many of the character at `position` follow one another from there."""
    rest = text[position:]
    return len(rest) - len(rest.lstrip(rest[0]))


def _joined_zeros(count: int, hand: Hand, rng: np.random.Generator) -> Glyph:
    """`count` zeros in one stroke, each begun where the last one ended: above, below, or in a wave."""
    width, step = rng.uniform(0.28, 0.75), rng.uniform(-0.08, 0.3)
    small = rng.uniform(0.45, 1.0) if rng.random() < 0.6 else 1.0
    (drawn,) = parse_skeleton(_ZERO_SHAPES[rng.choice(len(_ZERO_SHAPES), p=_ZERO_SHARES)])
    shape = drawn.points.tolist()
    points: list[tuple[float, float]] = []
    for index in range(count):
        x = index * (width + step)
        size = small * rng.uniform(0.85, 1.1)
        points += [(x + width * across, 1 - size * (1 - y)) for across, y in shape]
        if index + 1 < count:  # over to the next, from the height at which this one ended
            middle = x + width + 0.5 * step, 1 - size * (1 - shape[-1][1]) + rng.uniform(-0.02, 0.1)
            points += [middle] if step > 0.04 else []
    stroke = Stroke(np.array(points, np.float32), np.zeros(len(points), np.bool_))
    return Glyph(*draw_strokes([stroke], hand.pen, rng, unit=UNIT))


def _joined_ones(count: int, hand: Hand, rng: np.random.Generator) -> Glyph:
    """`count` ones up and down in one stroke, like an M, each flag from the stem before it."""
    flag, lean, start = rng.uniform(0.2, 0.5), rng.uniform(-0.05, 0.15), rng.uniform(0.4, 1.0)
    points: list[tuple[float, float]] = []
    x = 0.0
    for _ in range(count):
        foot = 1 + rng.normal(0.0, 0.03)
        points += [(x, start), (x + flag, rng.normal(0.0, 0.04)), (x + flag - lean, foot)]
        # The pen goes back along the stem before it leaves it.
        start = foot - max(0.0, rng.uniform(-0.3, 0.5))
        x += flag - lean * start
    corners = np.ones(len(points), np.bool_)
    corners[::3] = rng.random() < 0.5
    return Glyph(*draw_strokes([Stroke(np.array(points, np.float32), corners)], hand.pen, rng, unit=UNIT))


# Zeros as they are written on the way to the next one: skeletons in hundredths of their width and height.
_ZERO_SHAPES = (
    "50,0 10,20 0,55 30,97 75,90 100,45 70,3 90,6",  # round and closed, left at the top
    "40,5 0,40 15,90 60,100 100,50 60,0 45,20 95,15",  # the same with a curl at its head
    "40,2 5,30 10,85 50,100 90,75 98,20",  # a cup, left at its right edge before it is closed
    "50,0 10,20 0,55 30,97 75,90 100,50 70,5 30,10 5,50 30,95 90,100",  # closed, and left along the line
    "0,90 15,30 55,0 95,35 80,90 40,100 20,60 60,40 100,85",  # turned the other way, from the line up
    "10,10 0,55 12,98 20,50 55,8 95,20",  # a half circle and its stroke, like an r
)
_ZERO_SHARES = (0.36, 0.16, 0.16, 0.1, 0.1, 0.12)


def _join(before: _Item, after: _Item, hand: Hand, rng: np.random.Generator) -> _Item | None:
    """A thin stroke from the right end of one glyph to the left end of the next, where they are near."""
    start, end = _end_of(before, 1), _end_of(after, -1)
    if abs(end[1] - start[1]) > 0.4 or abs(end[0] - start[0]) > 0.45:
        return None
    sag = rng.normal(0.0, 0.05)
    line = np.array([start, [(start[0] + end[0]) / 2, (start[1] + end[1]) / 2 + sag], end], np.float32)
    mask, left, top = draw_polylines([line], Pen(hand.pen.width * 0.8, pressure=0.0), rng, unit=UNIT)
    rows, columns = mask.shape
    return _Item(mask, left + columns / UNIT / 2, top + rows / UNIT / 2, 1.0, 1.0)


def _end_of(item: _Item, side: int) -> tuple[float, float]:
    """Where the ink of a glyph ends on the right (`side` 1) or the left (-1), in heights of a digit."""
    rows, columns = item.mask.shape
    left, _, width, _ = cv2.boundingRect((item.mask > 127).view(np.uint8))
    column = left + width - 1 if side > 0 else left
    column = min(max(column, 0), columns - 1)
    row = int(np.argmax(item.mask[:, column]))
    x = item.x + ((column + 0.5) - columns / 2) / UNIT * item.widening
    return x, item.y + ((row + 0.5) - rows / 2) / UNIT * item.size
