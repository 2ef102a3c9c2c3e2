"""Which of the numbers that lie free on a page want a look, however surely they read: by what stands around them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inkdigits.reading.free import Group

__all__ = ["is_cut_off", "is_stick", "wants_a_look"]

_LIKE_LETTERS = "0159"  # l, I, o, O, s, S, g
_BESIDE = 6.0  # times a group's height: how far away a word of the same line is
_PART = 0.9  # of the taller one's height: a gap as between the parts of one number
_TOUCHING = 0.4  # the same, between a number and a word that may be the rest of it
_IN_LINE = 0.4  # of the lower one's height, that stands beside the other
_STICK = 0.2  # of its height: no wider is a stroke without form
_NARROW = 0.5  # of a group's height, for each symbol: letters such as "is" are narrower than digits
_SHORT = 2  # symbols: a text which a piece of something else may be read as
_AS_SHORT_AS_WORDS = 4  # symbols
_MOSTLY_WORDS = 2.0  # times as many words as numbers: a page of text
_WORDS_BESIDE = 2  # of a line of text
_OTHER_HEIGHT = 1.4  # times the usual height: no digit of the same hand
_AT_EDGE = 0.4  # of its height: how near the edge of the image a number may have lost a digit to it


def wants_a_look(text: str, group: Group, numbers: Sequence[Group], words: Sequence[Group]) -> bool:
    """Tell whether a text may be a word, a stroke of something else, or a part of a number.

    numbers: the groups of all numbers that were found on the page, words: those that were read as none.
    """
    return (
        _may_be_part(group, numbers, words)
        or _is_in_prose(text, group, numbers, words)
        or _may_be_word(text, group, words)
        or (text == "1" and _width(group) < _STICK)
        or (len(text) <= _SHORT and _is_of_other_height(group, numbers))
    )


def is_stick(text: str, group: Group, others: Sequence[Group]) -> bool:
    """Tell whether a lone 1 is a stroke of something else: of another height than the page's other numbers."""
    return text == "1" and (not others or _is_of_other_height(group, others))


def is_cut_off(corners: NDArray[np.float64], size: tuple[int, int]) -> bool:
    """Tell whether the edge of an image of size (width, height) may run through what has these corners in it.

    corners: float64 (4, 2), clockwise from the top left.
    """
    reach = _AT_EDGE * float(np.linalg.norm(corners[3] - corners[0]))
    return bool((corners.min(axis=0) <= reach).any() or (corners.max(axis=0) >= np.array(size) - reach).any())


def _may_be_part(group: Group, numbers: Sequence[Group], words: Sequence[Group]) -> bool:
    """Tell whether what stands beside a number is as near as the rest of it would be: 4848 and 68 for 4848.68."""
    return any(_gap(group, other) < _PART for other in numbers if other is not group) or any(
        _gap(group, other) < _TOUCHING for other in words
    )


def _gap(group: Group, other: Group) -> float:
    """Return the gap between two groups as a share of the taller one's height, infinite where they are in no line."""
    left, top, right, bottom = group.box
    beside = min(bottom, other.box[3]) - max(top, other.box[1])
    if beside < _IN_LINE * min(group.height, other.height):
        return float("inf")
    return max(other.box[0] - right, left - other.box[2]) / max(group.height, other.height)


def _may_be_word(text: str, group: Group, words: Sequence[Group]) -> bool:
    """Tell whether a text is all of digits that letters look like, and narrow as letters, or with words beside it."""
    if set(text) - set(_LIKE_LETTERS):
        return False
    if 1 < len(text) <= _SHORT and words and _width(group) < _NARROW * len(text):
        return True
    left, top, right, bottom = group.box
    reach = _BESIDE * group.height
    return any(
        word.box[0] - reach <= right
        and left <= word.box[2] + reach
        and word.box[1] < bottom
        and top < word.box[3]
        for word in words
    )


def _is_in_prose(text: str, group: Group, numbers: Sequence[Group], words: Sequence[Group]) -> bool:
    """Tell whether a short text stands beside words on a page that is mostly words: "the" looks like 247."""
    if len(text) > _AS_SHORT_AS_WORDS or len(words) < _MOSTLY_WORDS * len(numbers):
        return False
    return sum(_gap(group, word) < _BESIDE for word in words) >= _WORDS_BESIDE


def _is_of_other_height(group: Group, numbers: Sequence[Group]) -> bool:
    usual = float(np.median([other.height for other in numbers]))
    return not usual / _OTHER_HEIGHT <= group.height <= usual * _OTHER_HEIGHT


def _width(group: Group) -> float:
    """Return how wide a group is as a share of its height."""
    return (group.box[2] - group.box[0]) / group.height
