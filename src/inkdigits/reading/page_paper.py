"""Lines that a paper is ruled with: found by how far they run straight, and taken out from under the writing.

A line aslant is made of short level runs that touch; so is one that curves. What is darker than the line is writing
on it, and stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.strokes import Strokes

__all__ = ["PaperRules", "Slopes", "Unruled", "find_paper_rules", "without_rules"]

_BORDER = 9  # pixels of a table's own border, and of the space beside it
_RUNS = (15, 31)  # pixels of a straight run
_BRIDGED = 9  # pixels between two runs of one rule
_LEAST_RULE = 72  # pixels of a ruled line; of writing, nothing runs straight so far
_LONG = 0.25  # of the page's width; a line so long may be seen in pieces
_UNBROKEN, _BROKEN = 0.96, 0.7  # the share of a line that is seen, of shorter and of long ones
_THICKEST_SHORT = 6.5  # pixels of a short line; what is thicker is a row of bold letters
_THICKEST = 10.0  # pixels, with the writing that joins it
_STEEPEST = 0.3  # rise of a rule
_AROUND = 25  # pixels along a rule, to each side, that tell where it runs
_AS_DARK, _SLACK = 1.4, 8  # times a rule's darkness, and 255ths: what is darker is writing on it
_CROSSED = 7  # pixels: strokes that end at both sides of a rule so thick go on across it
_RULED_PAPER = 8  # times the page's longer side, in pixels of lines: so many has ruled paper
_AS_FAINT = 1.25  # of a rule's darkness: what is left of it is no darker
_DARKER = 1.6  # of a rule's darkness: writing mostly is
_OF_PEAK = 0.45  # of the darkness of a stroke where it is darkest
_STICK = 5  # pixels; what is thinner is a stick
_PIXELS_A_WEIGHT = 20.0
_LEAST_GLYPH = 8  # pixels
_LEAST_LINED = 10  # of lined paper
_MOST_MARGINS = 3  # lines that part off its margins
_LEAST_LINES = 15  # each way, of squared paper
_LEAST_SQUARES = 300
_SQUARE = 1.35  # how much longer one side of a square may be seen than the other
_NEAREST_LINES = 7.0  # pixels between two lines
_LONG_IN_PIECES = 0.12  # of the page's width, the pieces of a line together
_EVEN = 0.3  # how far the distance between two lines may be from the usual one, as a share
_LEAST_EVEN = 0.6  # the share of lines that are so far apart
_INKED = 25  # of 255: how much of a square is dark where there is writing in it
_MOST_FILLED = 0.3  # of the squares; where more have writing in them, it is a table


@dataclass(frozen=True)
class Slopes:
    """Directions that are level on the page.

    points: float64 (N, 2), x and y in pixels. rises: float64 (N,), dy by dx. weights: float64 (N,).
    """

    points: NDArray[np.float64]
    rises: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True)
class PaperRules:
    """The straight lines on a page, those of tables and boxes among them.

    lying, standing: uint8 (h, w), 1 where such a line is. slopes: of the lines that lie. transposed: of those that
    stand, as seen when x and y change places.
    """

    lying: NDArray[np.uint8]
    standing: NDArray[np.uint8]
    slopes: Slopes
    transposed: Slopes

    def left_out(self, strokes: Strokes) -> Strokes:
        """Return strokes without those no darker than these lines."""
        dark = strokes.darkness[(self.lying | self.standing) > 0]
        least = _DARKER * float(np.median(dark)) if len(dark) else 0.0
        return replace(strokes, mask=strokes.mask & (strokes.darkness > least))

    def are_lines(self) -> bool:
        """Tell whether the page is lined paper, upright or on its side: many lines one way, few the other."""
        height, width = self.lying.shape
        counts = (
            _evenly_spaced(self.slopes, (width, height))[0],
            _evenly_spaced(self.transposed, (height, width))[0],
        )
        return max(counts) >= _LEAST_LINED and min(counts) <= _MOST_MARGINS

    def are_squares(self, strokes: Strokes) -> bool:
        """Tell whether the page is squared paper: many lines both ways, evenly spaced, most squares blank."""
        height, width = self.lying.shape
        across, pitch = _evenly_spaced(self.slopes, (width, height))
        down, other_pitch = _evenly_spaced(self.transposed, (height, width))
        if min(across, down) < _LEAST_LINES or across * down < _LEAST_SQUARES:
            return False
        if max(pitch, other_pitch) > _SQUARE * min(pitch, other_pitch):
            return False
        lines = cv2.dilate(self.lying | self.standing, np.ones((5, 5), np.uint8))
        written = strokes.without_grain & ~np.asarray(lines, np.uint8)
        size = (max(1, round(width / other_pitch)), max(1, round(height / pitch)))
        filled = cv2.resize(written * np.uint8(255), size, interpolation=cv2.INTER_AREA) > _INKED
        return bool(filled.sum() < _MOST_FILLED * max(across * down, filled.size / 2))


@dataclass(frozen=True)
class Unruled:
    """The strokes of a page without its rules.

    mask: uint8 (h, w), 1 where there is a stroke. erased: uint8 (h, w), 1 where rules, tables and boxes were.
    lying: the slopes of ruled lines that lie. standing: of those that stand, as seen when x and y change places.
    """

    mask: NDArray[np.uint8]
    erased: NDArray[np.uint8]
    lying: Slopes
    standing: Slopes

    @cached_property
    def pieces(self) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """The middles, float64 (N, 2), and sizes, int32 (N, 2), width and height, of strokes that hang together."""
        _, _, stats, middles = cv2.connectedComponentsWithStats(self.mask, connectivity=8)
        return np.asarray(middles[1:], np.float64), np.asarray(stats[1:, 2:4], np.int32)

    def turned_slopes(self, quarters: int) -> Slopes:
        """Return the slopes of lines that lie when the page is turned counterclockwise by right angles."""
        height, width = self.mask.shape
        known = self.standing if quarters % 2 else self.lying
        x, y = known.points.T
        if quarters % 4 in (1, 2):
            y = (width if quarters % 2 else height) - 1 - y
        if quarters % 4 in (2, 3):
            x = (height if quarters % 2 else width) - 1 - x
        return Slopes(np.stack([x, y], axis=1), -known.rises if quarters % 2 else known.rises, known.weights)


def find_paper_rules(strokes: Strokes) -> PaperRules:
    """Return the straight lines on a page."""
    lying, slopes = _traced(strokes.mask, strokes.darkness)
    mask, darkness = (np.ascontiguousarray(picture.T) for picture in (strokes.mask, strokes.darkness))
    standing, transposed = _traced(mask, darkness)
    return PaperRules(lying, np.ascontiguousarray(standing.T), slopes, transposed)


def without_rules(strokes: Strokes, rules: PaperRules, taken: Sequence[NDArray[np.float32]]) -> Unruled:
    """Return a page's strokes without ruled lines and without what is in tables and boxes.

    rules: those of the page. taken: the outlines of tables and boxes, float32 (N, 2) each, in pixels of the image.
    """
    apart = np.zeros_like(strokes.mask)
    for outline in taken:
        cv2.fillPoly(apart, [np.rint(outline * strokes.scale).astype(np.int32)], 1)
    free = 1 - np.asarray(cv2.dilate(apart, np.ones((_BORDER, _BORDER), np.uint8)), np.uint8)
    lying, standing = rules.lying & free, rules.standing & free
    kept = strokes.mask & free & ~(lying | standing)
    if lying.any() or standing.any():
        kept |= _closed(kept, (_CROSSED, 1)) & lying | _closed(kept, (1, _CROSSED)) & standing
        lying, standing = lying & ~kept, standing & ~kept
        if cv2.countNonZero(lying | standing) >= _RULED_PAPER * max(kept.shape):
            kept &= ~_left_of_rules(kept, strokes.darkness, lying, standing)
    kept = _inked(kept, strokes)
    return Unruled(kept, strokes.mask & ~kept | (1 - free), rules.slopes, rules.transposed)


def _closed(mask: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones(size, np.uint8)), np.uint8)


def _inked(kept: NDArray[np.uint8], strokes: Strokes) -> NDArray[np.uint8]:
    """Return of strokes, uint8 (h, w), those that are ink, without what is far fainter than they and hangs on them."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(kept, connectivity=8)
    inked = kept > 0
    inside, darkness = np.asarray(labels[inked], np.intp), strokes.darkness[inked]
    peaks = np.zeros(len(stats), np.uint8)
    np.maximum.at(peaks, inside, darkness)
    result = np.zeros_like(kept)
    result[inked] = (peaks >= strokes.faintest)[inside] & (darkness >= _OF_PEAK * peaks[inside])
    return result


def _left_of_rules(
    kept: NDArray[np.uint8],
    darkness: NDArray[np.uint8],
    lying: NDArray[np.uint8],
    standing: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Return what is left of ruled lines, uint8 (h, w): pieces no darker than they are.

    Where writing is not darker than the lines, only such pieces as are thin, straight and in line with one.
    """
    tone = float(np.median(darkness[(lying | standing) > 0]))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(kept, connectivity=8)
    count = len(stats)
    inked = kept > 0
    inside = labels[inked]
    sums = np.bincount(inside, weights=darkness[inked].astype(np.float64) ** 2, minlength=count)
    tones = np.sqrt(sums / np.maximum(np.bincount(inside, minlength=count), 1))
    width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    tall = height >= _LEAST_GLYPH
    tall[0] = False
    writing = float(np.quantile(tones[tall], 0.9)) if tall.any() else 0.0
    faint = tones <= _AS_FAINT * tone
    if writing < _DARKER * tone:
        ahead = cv2.dilate(lying, np.ones((3, 2 * _BRIDGED + 1), np.uint8))[inked] > 0
        above = cv2.dilate(standing, np.ones((2 * _BRIDGED + 1, 3), np.uint8))[inked] > 0
        in_line = (np.bincount(inside[ahead], minlength=count) > 0) & (height <= _STICK)
        in_line |= (np.bincount(inside[above], minlength=count) > 0) & (width <= _STICK)
        faint &= in_line
    faint[0] = False
    return np.asarray(faint.astype(np.uint8)[labels], np.uint8)


def _evenly_spaced(slopes: Slopes, size: tuple[int, int]) -> tuple[int, float]:
    """Return how many lines lie evenly spaced across the middle of a page of a size, and how far apart."""
    width, height = size
    middle = np.array([width / 2, height / 2])
    x, y = (slopes.points - middle).T
    rise, change = (
        0.0,
        0.0,
    )  # seen at an angle, lines are aslant by rise + change * their height at the middle
    for _ in range(3):
        at_middle = (y - rise * x) / (1 + change * x)
        sides = np.stack([np.ones_like(y), at_middle], axis=1)
        trusted = slopes.weights / (1 + ((slopes.rises - sides @ (rise, change)) / 0.02) ** 2)
        normal = sides.T @ (trusted[:, None] * sides) + np.diag([1.0, 1.0])
        rise, change = np.linalg.solve(normal, sides.T @ (trusted * slopes.rises)).tolist()
    order = np.argsort(at_middle)
    new_line = np.diff(at_middle[order], prepend=-np.inf) > _NEAREST_LINES
    line = np.cumsum(new_line) - 1
    lengths = np.bincount(line, weights=slopes.weights[order] * _PIXELS_A_WEIGHT)
    lines = np.bincount(line, weights=at_middle[order]) / np.bincount(line)
    apart = np.diff(lines[lengths >= _LONG_IN_PIECES * width])
    if len(apart) < 2:
        return 0, 1.0
    pitch = float(np.median(apart))
    even = int((np.abs(apart / pitch - 1) <= _EVEN).sum()) + 1
    return (even if even >= _LEAST_EVEN * len(apart) else 0), pitch


def _traced(mask: NDArray[np.uint8], darkness: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], Slopes]:
    """Return the lines in a mask that lie, uint8 (h, w), and their slopes.

    Where short runs lead from a line to the writing on it, and on to the next line, longer ones tell them apart.
    """
    thick = np.asarray(cv2.dilate(mask, np.ones((3, 1), np.uint8)), np.uint8)
    found = np.zeros_like(mask)
    points, rises, weights = [], [], []
    for length in _RUNS:
        runs = cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
        bridged = cv2.morphologyEx(runs, cv2.MORPH_CLOSE, np.ones((1, _BRIDGED), np.uint8))
        _, labels, stats, _ = cv2.connectedComponentsWithStats(bridged, connectivity=8)
        width, height = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
        long = width >= _LEAST_RULE
        long[0] = False
        thickest = np.where(width < _LONG * mask.shape[1], _THICKEST_SHORT, _THICKEST)
        thin = (height <= _STEEPEST * width + 10) & (stats[:, cv2.CC_STAT_AREA] <= thickest * width)
        for index in np.flatnonzero(long & thin).tolist():
            left, top, wide, tall = stats[index, :4].tolist()
            area = (slice(top, top + tall), slice(left, left + wide))
            part = labels[area] == index
            covered = float((part & (runs[area] > 0)).any(axis=0).mean())
            if covered < (_UNBROKEN if wide < _LONG * mask.shape[1] else _BROKEN):
                continue
            path, near = _line_within(part, mask[area])
            if near.any():
                found[area] |= near & (darkness[area] <= _AS_DARK * np.median(darkness[area][near]) + _SLACK)
            points.append((left + wide / 2, top + float(path[wide // 2])))
            rises.append((float(path[-4]) - float(path[3])) / (wide - 7))
            weights.append(wide / _PIXELS_A_WEIGHT)
        thick = (long & ~thin).astype(np.uint8)[labels] & thick
        if not thick.any():
            break
    return found, Slopes(np.array(points).reshape(-1, 2), np.array(rises), np.array(weights))


def _line_within(
    part: NDArray[np.bool_], mask: NDArray[np.uint8]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the row of a line at each column, and which pixels of a mask belong to it; part: its runs, (h, w)."""
    rows = np.arange(part.shape[0], dtype=np.float32)[:, None]
    counts = part.sum(axis=0)
    middle = (part * rows).sum(axis=0) / np.maximum(counts, 1)
    # What is written on a line leads the middle of the dark away from it, here and there.
    path = _median_along(middle)
    reach = float(np.median(counts)) / 2 + 0.5
    return path, (np.abs(rows - path) <= reach) & (mask > 0)


def _median_along(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a path, (N,), each place the median of those around it; aslant as it was."""
    level = np.polynomial.Polynomial.fit(np.arange(len(path)), path, 1)(np.arange(len(path)))
    beside = np.pad(path - level, _AROUND, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(beside, 2 * _AROUND + 1)
    return np.asarray(level + np.median(windows, axis=1))
