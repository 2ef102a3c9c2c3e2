"""Which regular expressions are taken from clients.

One that repeats repeats fills all memory when it is compiled, and others match for years. So a pattern from elsewhere
is taken where it is made of symbols, classes, groups, alternatives and repeats, and is small once its repeats are
written out; how long it may match is bounded by ``reading/options.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from inkdigits.web.problems import Problem

__all__ = ["LONGEST_PATTERN", "check_pattern"]

LONGEST_PATTERN = 200
"""Characters of a pattern."""

_MOST_PARTS = 1000  # symbols and classes, once repeats are written out
_PART = re.compile(
    r"""(?P<begin>\((?:\?:)?)(?!\?) | (?P<end>\)) | (?P<either>\|)
      | (?P<count>\{(?P<low>\d{0,3})(?P<to>,(?P<high>\d{0,3}))?\}[?]?) | (?P<repeat>[*+?][?]?)
      | (?P<symbol>\\[dDwWsS.,/%:=+*?()\[\]{}|^$\\-] | \[\^?\]?(?:\\.|[^\]\[\\])*\] | [^\\\[\](){}*+?])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass
class _Sized:
    """Parts of a pattern: how many symbols they are, written out, and whether they repeat without a bound."""

    size: int = 0
    endless: bool = False

    def add(self, other: _Sized) -> None:
        self.size += other.size
        self.endless |= other.endless


def check_pattern(pattern: str, place: str) -> None:
    """Raise Problem 422, which names the place, where a pattern is not taken.

    >>> check_pattern(r"[0-9]{1,3}(,\\d{3})*", "pattern")
    """
    if len(pattern) > LONGEST_PATTERN:
        raise _refused(place, f"it has {len(pattern)} characters; expected at most {LONGEST_PATTERN}")
    groups, last = [_Sized()], _Sized()
    at = 0
    while at < len(pattern):
        found = _PART.match(pattern, at)
        if found is None:
            rest = pattern[at : at + 12]
            raise _refused(
                place, f"{rest!r} is not taken here; expected symbols, classes, groups, | and repeats"
            )
        at = found.end()
        if found["count"] or found["repeat"]:
            last = _repeated(last, found, place)
            continue
        groups[-1].add(last)
        last = _Sized()
        if found["begin"]:
            groups.append(_Sized())
        elif found["end"]:
            if len(groups) == 1:
                raise _refused(place, "a ) closes nothing")
            last = groups.pop()
        elif found["symbol"]:
            last = _Sized(1)
    if len(groups) > 1:
        raise _refused(place, "a ( is not closed")
    if groups[0].size + last.size > _MOST_PARTS:
        raise _too_large(place)


def _repeated(part: _Sized, found: re.Match[str], place: str) -> _Sized:
    """Return a part with its repeat written out."""
    bounds = [int(text) for text in (found["low"], found["high"]) if text]
    endless = found["repeat"] not in (None, "?", "??") or bool(found["to"] and not found["high"])
    if endless and part.endless:
        raise _refused(place, "a repeat without a bound stands in another; give one of them a bound")
    size = part.size * max([1, *bounds])
    if size > _MOST_PARTS:
        raise _too_large(place)
    return _Sized(size, endless or part.endless)


def _too_large(place: str) -> Problem:
    return _refused(place, f"it stands for more than {_MOST_PARTS} symbols; repeat less")


def _refused(place: str, why: str) -> Problem:
    return Problem(422, f"{place} is refused: {why}", places=[(place, why)])
