"""What tells the rules of a table from lines that lie over it: rules bend together, as their paper does.

The ring of a cup, or a pen's line, runs along a rule for a while and then leaves it, or runs from one rule to the next
where the table has none. Its distance to the rules beside it does not change as theirs to one another does. A line that
is straight, of a pen or a fold, may still be seen to be of another strength, or to part one row alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["bends_alone", "lasting_places", "odd_pieces", "strengths_of"]

_STRAY = 5.0  # rows by which a rule may be off from where the rules beside it say that it is
_NEAR = 3  # rules on either side of one from which it follows where it runs
_LASTING = 0.5  # the share of a rule's places that must be left
_LEAST_PLACES = 4  # of a rule, to tell a bend
_ROWS = 5  # above and below a piece of rule in which it is searched
_LEAST_SEEN = 0.6  # the share of its columns in which it is found
_BEND = 0.012  # of its length: how far the middle of a piece may be off from between its ends
_TURN = 0.05  # of its length: how far one end may be off from where the rules beside it have theirs
_LEAST_TURN = 3.0  # rows, the same at least
_LEAST_BEND = 1.2  # rows, the same at least
_RULED = 0.8  # the share of a piece of rule that is dark, from which on it is there
_ALIKE = 1.5  # times as strong: how far two rules of one table may differ
_BESIDE = 7  # rows above and below a rule in which it is looked at, and the paper beside it
_LEAST_RULES = 3  # within a table, in one direction, that tell how strong its rules are there
_LEAST_PIECES = 3  # of a rule that is there in one of them alone, to make it odd

Places = tuple[NDArray[np.float64], NDArray[np.float64]]


def lasting_places(rules: Sequence[Places]) -> list[NDArray[np.bool_]]:
    """Tell of each place of some rules, from top to bottom, whether it goes with the rules beside it.

    rules: where each rule was seen, columns and heights, float64 (N,) both.
    None of a rule's places lasts where most of them do not go with any two of the others. Of three rules that do not go
    together any may be the stray one; so the middle one alone is judged, and where the outer ones run alike.
    """
    lasting = [np.ones(len(columns), bool) for columns, _ in rules]
    for index, (columns, heights) in enumerate(rules):
        told = len(rules) > 3 or (len(rules) == 3 and index == 1 and _run_alike(rules[0], rules[2]))
        if not told or len(columns) < _LEAST_PLACES:
            continue
        strays = [
            np.abs(_stray(columns, heights, rules[first], rules[second]))
            for first, second in _references(index, len(rules))
        ]
        stray = min(strays, key=lambda one: float(one.mean()))
        lasting[index] = stray <= _STRAY
        if lasting[index].mean() < _LASTING:
            lasting[index][:] = False
    return lasting


def _run_alike(first: Places, second: Places) -> bool:
    """Tell whether two rules keep their distance."""
    apart = np.interp(first[0], *second) - first[1]
    return bool(np.ptp(apart) <= 2 * _STRAY)


def _references(index: int, count: int) -> Iterator[tuple[int, int]]:
    """Yield pairs of other rules from which it follows where a rule runs."""
    near = [
        other for other in range(index - _NEAR, index + _NEAR + 1) if other != index and 0 <= other < count
    ]
    for place, first in enumerate(near):
        for second in near[place + 1 :]:
            yield first, second


def _stray(
    columns: NDArray[np.float64], heights: NDArray[np.float64], first: Places, second: Places
) -> NDArray[np.float64]:
    """Return by how many rows a rule is off at its columns, float64 (N,), from what two others say."""
    one = np.interp(columns, *first)
    other = np.interp(columns, *second)
    apart = other - one
    if np.abs(apart).min() < 1:
        return np.full(len(columns), np.inf)
    share = np.median((heights - one) / apart)
    return np.asarray(heights - one - share * apart, np.float64)


def bends_alone(
    dark: NDArray[np.uint8], start: NDArray[np.float32], end: NDArray[np.float32], rise: float, bend: float
) -> bool:
    """Tell whether a lying piece of rule in a uint8 picture (H, W), 1 where it is dark, runs as none beside it does.

    start, end: where it crosses the rules at its ends, x and y, float32 (2,). rise: by how many rows the rules beside
    it fall from there to there. bend: by how many they are off in the middle from between their ends.
    """
    length = float(end[0] - start[0])
    columns = np.arange(int(start[0] + 0.08 * length), int(end[0] - 0.08 * length))
    if len(columns) < 3 or columns[0] < 0 or columns[-1] >= dark.shape[1]:
        return False
    level = start[1] + (end[1] - start[1]) * (columns - start[0]) / length
    offsets = np.arange(-_ROWS, _ROWS + 1)
    rows = np.clip(np.rint(level).astype(int) + offsets[:, None], 0, dark.shape[0] - 1)
    seen = dark[rows, columns].astype(np.float64)  # (2 * _ROWS + 1, columns)
    count = seen.sum(axis=0)
    found = count > 0
    if found.mean() < _LEAST_SEEN:
        return False
    middles = (
        (seen * offsets[:, None]).sum(axis=0)[found] / count[found] + np.rint(level)[found] - level[found]
    )
    along = 2 * (columns[found] - start[0]) / length - 1  # -1 to 1
    curve, slope, _ = np.polyfit(along, middles, 2).tolist()
    turned = abs(2 * slope + float(end[1] - start[1]) - rise) > max(_LEAST_TURN, _TURN * length)
    return bool(turned or abs(-curve - bend) > max(_LEAST_BEND, _BEND * length))


def odd_pieces(
    strengths: NDArray[np.float64], shares: NDArray[np.float32], crossing: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell which pieces of a table's rules in one direction may be of another line, bool (number of rules, pieces).

    Such is a rule within the table that is fainter than all others, one that is stronger and not there from end to end
    (before a column of sums it would be), and one that is there in one piece alone. A table with few rules in a
    direction may have a fainter one there: it must be fainter than those that cross it, too.

    strengths: as ``strengths_of`` gives them, float64 (number of rules,); crossing: those of the rules that cross them.
    shares: float32 (number of rules, pieces), how much of each piece is dark, 0..1.
    """
    there = shares >= _RULED
    odd = np.zeros_like(there)
    count, pieces = there.shape
    inner = np.arange(1, count - 1)
    for index in inner:
        own = strengths[index]
        others = strengths[inner[inner != index]]
        if len(inner) < _LEAST_RULES:
            others = np.concatenate([others, strengths[[0, -1]], crossing])
        compared = len(inner) > 1
        fainter = compared and bool((others > _ALIKE * own).all())
        stronger = compared and bool((others < own / _ALIKE).all()) and not there[index].all()
        alone = pieces >= _LEAST_PIECES and there[index].sum() == 1
        odd[index] = fainter or stronger or alone
    return odd


def strengths_of(
    picture: NDArray[np.uint8], crossings: NDArray[np.float32], shares: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return how dark each lying rule in a uint8 picture (H, W) is across, in rows of black, float64 (rules,).

    Of one that is not there it is 0. crossings: float32 (number of rules, pieces + 1, 2), x and y. shares: float32
    (number of rules, pieces), how much of each piece is dark, 0..1.
    """
    along = np.linspace(0.15, 0.85, 24, dtype=np.float32)[:, None]
    starts, ends = crossings[:, :-1, None], crossings[:, 1:, None]
    points = np.rint(starts + (ends - starts) * along).astype(int)  # (rules, pieces, samples, 2)
    offsets = np.arange(-_BESIDE, _BESIDE + 1)
    x = np.clip(points[..., 0], 0, picture.shape[1] - 1)
    y = np.clip(points[..., 1, None] + offsets, 0, picture.shape[0] - 1)
    seen = picture[y, x[..., None]].astype(np.float64)  # (rules, pieces, samples, rows)
    paper = np.maximum(seen.max(axis=-1), 1.0)
    missing = np.median((1 - seen / paper[..., None]).sum(axis=-1), axis=-1)  # (rules, pieces)
    return np.array(
        [
            np.median(row[flags]) if flags.any() else 0.0
            for row, flags in zip(missing, shares >= _RULED, strict=True)
        ]
    )
