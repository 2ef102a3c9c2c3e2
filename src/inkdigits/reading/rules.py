"""The rules of a straightened table: where they run, where they cross, and which pieces of them are there.

A rule is told from writing by its length: the picture is cut into strips, in each strip a rule is dark from side to
side, and what goes on in strip after strip at nearly the same height is one rule. A column's rule is found in the same
way in the transposed picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.bends import bends_alone, lasting_places, odd_pieces, strengths_of

__all__ = ["Rules", "find_rules"]

_WIDEST = 17  # rows that a rule may be thick
_LEAST_CONTRAST = 0.05  # of a rule, as a share of the paper's light
_DARKEST_PAPER = 64  # gray levels; in a darker part noise would pass for a rule
_NOISE_FACTOR = 3.0
_STRIP = 40  # columns of a strip, about
_SHORT_STRIP = 20  # the same, of a table that is small in one direction, so that it has
_LEAST_STRIPS = 10  # strips
_DARK = 0.8  # share of a strip's columns in which a rule is dark
_NEAREST = 11  # rows that two rules are apart at least
_DRIFT = 0.12  # rows a column that a rule may rise or fall against the last strips
_RULED = 0.8  # the share of a piece of rule that is dark, from which on it is there
_SLANT = 3  # rows by which a rule may rise within a strip before the table is straight
_LEAST_SEEN = 8  # strips of a rule that tell its slope
_UNBROKEN = 0.95
_LONG = 0.5  # of the longest rule; one as long as this is no piece
_REACH = 3  # rows by which the middle of a rule may be missed
_SAMPLES = 40  # along a piece of rule
_END = 6  # of them


@dataclass(frozen=True)
class Rules:
    """The rules of a table in a straightened picture.

    crossings: float32 (rows + 1, columns + 1, 2), x and y where the rules cross, in pixels.
    across: float32 (rows + 1, columns), the share (0..1) of each piece of the rows' rules that is dark.
    down: float32 (rows, columns + 1), the same for the columns' rules.
    odd_across, odd_down: bool, of the same shapes; whether a piece may be of another line than the table's rules.
    """

    crossings: NDArray[np.float32]
    across: NDArray[np.float32]
    down: NDArray[np.float32]
    odd_across: NDArray[np.bool_]
    odd_down: NDArray[np.bool_]


def find_rules(straight: NDArray[np.uint8], margin: int) -> Rules | None:
    """Return the rules in a uint8 straightened picture (H, W), or None where they make no grid.

    margin: how far in pixels from the picture's edges the table's own edges are, about.
    """
    lying = _dark(straight)
    standing = _dark(np.ascontiguousarray(straight.T))
    height, width = straight.shape
    long_rows, short_rows = _by_length(_follow(lying))
    long_columns, short_columns = _by_length(_follow(standing))
    long_rows, long_columns = _without_strays(long_rows), _without_strays(long_columns)
    # A table may be open at its sides: then its rules end at its edge without a rule to end at.
    rows = _with_edges(long_rows, margin, height, width)
    columns = _with_edges(long_columns, margin, width, height)
    columns = _with_pieces(columns, short_columns, rows, standing)
    rows = _with_pieces(rows, short_rows, columns, lying)
    rows, columns = _settled(rows, columns, lying, standing)
    if len(rows) < 2 or len(columns) < 2:
        return None
    crossings, upright = _cross(rows, columns), _cross(columns, rows)
    across, down = _shares(lying, crossings), _shares(standing, upright)
    lying_strengths = strengths_of(straight, crossings, across)
    standing_strengths = strengths_of(np.ascontiguousarray(straight.T), upright, down)
    return Rules(
        crossings,
        across,
        np.ascontiguousarray(down.T),
        odd_pieces(lying_strengths, across, standing_strengths),
        odd_pieces(standing_strengths, down, lying_strengths).T,
    )


def outer_corners(straight: NDArray[np.uint8], margin: int) -> NDArray[np.float32] | None:
    """Return where the outermost long rules in a uint8 picture (H, W) cross, float32 (4, 2), clockwise from top left.

    None where there are fewer than two in either direction. margin: as for ``find_rules``.
    """
    lying = _dark(straight)
    standing = _dark(np.ascontiguousarray(straight.T))
    height, width = straight.shape
    rows = _with_edges(_by_length(_follow(lying, _SLANT))[0], margin, height, width)
    columns = _with_edges(_by_length(_follow(standing, _SLANT))[0], margin, width, height)
    rows, columns = _settled(rows, columns, lying, standing)
    if len(rows) < 2 or len(columns) < 2:
        return None
    crossings = _cross([rows[0], rows[-1]], [columns[0], columns[-1]])
    return crossings.reshape(4, 2)[[0, 1, 3, 2]]


def _settled(
    rows: list[_Rule], columns: list[_Rule], lying: NDArray[np.uint8], standing: NDArray[np.uint8]
) -> tuple[list[_Rule], list[_Rule]]:
    """Return the rules that are left when, one after the other, those that cannot be are taken out."""
    rows, columns = list(rows), list(columns)
    while len(rows) >= 2 and len(columns) >= 2:
        across = _shares(lying, _cross(rows, columns))
        down = _shares(standing, _cross(columns, rows))
        weakest_row = _weakest(across, rows, down)
        weakest_column = _weakest(down, columns, across)
        if weakest_row is not None:
            del rows[weakest_row]
        if weakest_column is not None:
            del columns[weakest_column]
        if weakest_row is None and weakest_column is None:
            break
    return rows, columns


@dataclass
class _Rule:
    """A rule that lies: its height at each of some columns. An edge is where a table ends, perhaps without a rule."""

    columns: list[float]
    heights: list[float]
    is_edge: bool = False

    def at(self, columns: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the rule's height at any columns; beyond what was seen it goes on straight, or level."""
        known, heights = self.columns, self.heights
        inside = np.interp(columns, known, heights)
        if len(known) < _LEAST_SEEN:
            return np.asarray(inside)
        # Of lists: this is asked thousands of times a page, and numpy's means of three numbers take a tenth of it.
        slope = (sum(heights[-3:]) - sum(heights[:3])) / (sum(known[-3:]) - sum(known[:3]))
        beyond = np.minimum(columns - known[0], 0) + np.maximum(columns - known[-1], 0)
        return np.asarray(inside + slope * beyond)


def _dark(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return 1 where there is dark that is narrow from top to bottom, as lying rules are, else 0."""
    smooth = cv2.blur(picture, (9, 1))
    paper = cv2.morphologyEx(
        smooth, cv2.MORPH_CLOSE, np.ones((_WIDEST, 1), np.uint8), borderType=cv2.BORDER_REPLICATE
    )
    share = cv2.subtract(paper, smooth) / np.maximum(paper, _DARKEST_PAPER).astype(np.float32)
    noise = float(np.median(share[::3, ::3]))
    return (share > max(_LEAST_CONTRAST, _NOISE_FACTOR * noise)).astype(np.uint8)


def _follow(dark: NDArray[np.uint8], slack: int = 1) -> list[_Rule]:
    """Return the rules that lie in a picture, from top to bottom.

    slack: rows by which a rule may leave the middle one within a strip.
    """
    height, width = dark.shape
    count = max(2, round(width / np.clip(width / _LEAST_STRIPS, _SHORT_STRIP, _STRIP)))
    thick = cv2.dilate(dark, np.ones((2 * slack + 1, 1), np.uint8)).astype(np.float32)
    # (height, number of strips): how much of each row of each strip is dark
    shares = np.asarray(cv2.resize(thick, (count, height), interpolation=cv2.INTER_AREA), np.float32)
    rules: list[_Rule] = []
    for strip in range(count):
        column = (strip + 0.5) * width / count
        for row in _peaks(shares[:, strip]):
            _continue(rules, column, row)
    rules = [rule for rule in rules if len(rule.columns) >= 2]
    return _joined(rules, width)


def _peaks(shares: NDArray[np.float32]) -> list[float]:
    """Return the rows at which a strip is dark from side to side."""
    rows = np.flatnonzero(shares >= _DARK)
    if not len(rows):
        return []
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > _NEAREST // 2) + 1)
    return [float((run[0] + run[-1]) / 2) for run in runs if run[-1] - run[0] <= 2 * _NEAREST]


def _continue(rules: list[_Rule], column: float, row: float) -> None:
    """Add a place to the rule that it continues, or begin a rule there."""
    best, nearest = None, float("inf")
    for rule in rules:
        ahead = column - rule.columns[-1]
        distance = abs(row - rule.heights[-1])
        if ahead > 0 and distance <= 2 + _DRIFT * min(ahead, 2 * _STRIP) and distance < nearest:
            best, nearest = rule, distance
    if best is None:
        rules.append(_Rule([column], [row]))
    else:
        best.columns.append(column)
        best.heights.append(row)


def _joined(rules: list[_Rule], width: int) -> list[_Rule]:
    """Return the rules from top to bottom, pieces of one rule put together."""
    everywhere = np.linspace(0, width, 9)
    kept: list[_Rule] = []
    for rule in sorted(rules, key=lambda rule: -len(rule.columns)):
        for other in kept:
            where = np.array(rule.columns)
            if np.abs(other.at(where) - np.array(rule.heights)).mean() < _NEAREST:
                places = dict(zip(rule.columns, rule.heights, strict=True))
                places |= dict(zip(other.columns, other.heights, strict=True))
                other.columns = sorted(places)
                other.heights = [places[column] for column in other.columns]
                break
        else:
            kept.append(rule)
    return sorted(kept, key=lambda rule: float(rule.at(everywhere).mean()))


def _by_length(rules: list[_Rule]) -> tuple[list[_Rule], list[_Rule]]:
    """Return the rules that run through most of the table, and those that may be pieces of rules or of writing."""
    longest = max((len(rule.columns) for rule in rules), default=0)
    least = max(2.0, _LONG * longest)
    return (
        [rule for rule in rules if len(rule.columns) >= least],
        [rule for rule in rules if len(rule.columns) < least],
    )


def _without_strays(rules: list[_Rule]) -> list[_Rule]:
    """Return long rules without the places at which they do not bend as those beside them, and without arcs."""
    places = [(np.array(rule.columns), np.array(rule.heights)) for rule in rules]
    kept = []
    for (columns, heights), lasting in zip(places, lasting_places(places), strict=True):
        if lasting.any():
            kept.append(_Rule(columns[lasting].tolist(), heights[lasting].tolist()))
    return kept


def _with_pieces(
    rules: list[_Rule], short: list[_Rule], crossing: list[_Rule], dark: NDArray[np.uint8]
) -> list[_Rule]:
    """Return rules with those short ones that run from one of the crossing rules to the next."""
    everywhere = np.linspace(0, dark.shape[1], 9)
    for rule in sorted(short, key=lambda rule: -len(rule.columns)):
        below = [rule.at(everywhere) - other.at(everywhere) for other in rules]
        between = bool(below) and below[0].min() > 0 > below[-1].max()
        apart = all(np.abs(distance).min() >= 2 * _NEAREST for distance in below)
        if not (between and apart and len(crossing) > 1):
            continue
        crossings = _cross([rule], crossing)
        shares = _shares(dark, crossings)[0]
        if any(
            not bends_alone(dark, start, end, *_course(rules, start, end))
            for start, end, share in zip(crossings[0], crossings[0, 1:], shares, strict=False)
            if share >= _UNBROKEN
        ):
            rules = sorted([*rules, rule], key=lambda rule: float(rule.at(everywhere).mean()))
    return rules


def _course(rules: list[_Rule], start: NDArray[np.float32], end: NDArray[np.float32]) -> tuple[float, float]:
    """Return how rules run from one place to another, x and y, between the two that are next to it.

    By how many rows they fall, and by how many they are off in the middle from between their ends.
    """
    columns = np.linspace(start[0], end[0], 3).astype(np.float64)
    heights = np.array([rule.at(columns) for rule in rules])  # (rules, 3)
    order = np.argsort(heights[:, 1])
    middle = float(start[1] + end[1]) / 2
    falls, bends = heights[:, 2] - heights[:, 0], heights[:, 1] - heights[:, ::2].mean(axis=1)
    return (
        float(np.interp(middle, heights[order, 1], falls[order])),
        float(np.interp(middle, heights[order, 1], bends[order])),
    )


def _with_edges(rules: list[_Rule], margin: int, height: int, width: int) -> list[_Rule]:
    """Return rules from top to bottom with the table's own edges, where no rule runs along them."""
    places = [0.0, float(width)]
    edges = [float(margin), float(height - margin)]
    middle = np.array([width / 2])
    near = max(2.0 * _NEAREST, 0.03 * height)
    missing = [edge for edge in edges if all(abs(rule.at(middle)[0] - edge) > near for rule in rules)]
    added = [_Rule(places, [edge, edge], is_edge=True) for edge in missing]
    return sorted(rules + added, key=lambda rule: float(rule.at(middle)[0]))


def _cross(rows: list[_Rule], columns: list[_Rule]) -> NDArray[np.float32]:
    """Return where rules cross, float32 (rows, columns, 2): the place along a row, and its height."""
    middle_of = [np.mean(column.heights) for column in columns]
    x = np.tile(np.array(middle_of, np.float64), (len(rows), 1))
    y = np.zeros_like(x)
    for _ in range(3):
        y = np.stack([row.at(x[index]) for index, row in enumerate(rows)])
        x = np.stack([column.at(y[:, index]) for index, column in enumerate(columns)], axis=1)
    return np.stack([x, y], axis=-1).astype(np.float32)


def _shares(dark: NDArray[np.uint8], crossings: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the share of each piece of lying rules that is dark, (number of rules, pieces of each)."""
    reach = cv2.dilate(dark, np.ones((2 * _REACH + 1, 1), np.uint8))
    along = np.linspace(0.06, 0.94, _SAMPLES, dtype=np.float32)
    starts, ends = crossings[:, :-1, None], crossings[:, 1:, None]
    points = starts + (ends - starts) * along[:, None]  # (rules, pieces, samples, 2)
    x = np.clip(np.rint(points[..., 0]).astype(int), 0, dark.shape[1] - 1)
    y = np.clip(np.rint(points[..., 1]).astype(int), 0, dark.shape[0] - 1)
    seen = reach[y, x]
    # Writing in a merged cell may stand where a rule would run, but it does not reach from one rule to the next.
    ends = np.concatenate([seen[..., :_END], seen[..., -_END:]], axis=-1)
    return np.asarray(np.minimum(seen.mean(axis=-1), ends.mean(axis=-1)), np.float32)


def _weakest(shares: NDArray[np.float32], rules: list[_Rule], other: NDArray[np.float32]) -> int | None:
    """Return which rule is the least likely to be one; None where all are.

    A rule is there from crossing to crossing at least once. An edge is where most of the other rules end. And to an
    outermost rule, others lead: a line of text beside the table has none.

    shares: (number of rules, pieces of each). other: (number of the rules that cross them, pieces of each).
    """
    scores = []
    for index, rule in enumerate(rules):
        beside = other[:, 0] if index == 0 else other[:, -1]
        if index in (0, len(rules) - 1) and beside.max() < _RULED:
            scores.append(0.0)
        elif rule.is_edge:
            scores.append(float((beside >= _RULED).mean() >= 0.6))
        else:
            scores.append(float((shares[index] >= _RULED).mean() >= min(0.2, 1 / shares.shape[1])))
    if min(scores) > 0:
        return None
    weak = [index for index, score in enumerate(scores) if score == 0]
    return min(weak, key=lambda index: float(shares[index].mean()))
