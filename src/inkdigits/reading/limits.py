"""Whether what the caller knows about the writing leaves any text of its kind to be read.

Options that nothing can meet would reject every field in silence: they are told of before anything is read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import cast, get_args

from inkdigits.containers import Kind, Value
from inkdigits.errors import UsageError
from inkdigits.reading.options import Pattern, ReadOptions, ValueOptions
from inkdigits.reading.values import allowed_symbols, may_begin, possible_values

__all__ = ["known_options", "may_fill"]

_OPTIONS = tuple(ReadOptions.__annotations__)
_NEEDS_VALUE = {
    "digit": "one digit",
    "percent": "a percentage of 0 to 100, or bounds that say otherwise",
    "date": "a day of the calendar",
}
_DIGITS = "0123456789"
_LONGEST_TEXT = 24  # symbols
_MOST_PREFIXES = 2_000  # of texts that a pattern may match; 1,111 tell of one that begins with three digits
# The least and the greatest value that there is of a kind; percentages go as far as the caller says.
_RANGES: dict[str, tuple[Value, Value]] = {
    "digit": (0, 9),
    "percent": (0, 100),
    "date": (date(1900, 1, 1), date(2099, 12, 31)),
}


def known_options(kind: Kind, options: Mapping[str, object]) -> ValueOptions:
    """Return the keywords of a call, ``ReadOptions``, as what is known about writing of a kind.

    Raises UsageError, of one line, for an unknown kind or option, for what cannot be meant, and for what no text of
    the kind can meet: choices with other symbols, bounds of another sort or beyond the kind's values.

    >>> known_options("number", {"choices": [105, 106]}).choices
    ('105', '106')
    """
    if kind not in get_args(Kind):
        raise UsageError(f"kind is {kind!r}; expected one of {', '.join(get_args(Kind))}")
    for name in options:
        if name not in _OPTIONS:
            raise UsageError(f"{name} is no option; expected any of {', '.join(_OPTIONS)}")
    known = ValueOptions(**cast(ReadOptions, options))
    _check_bounds(kind, known)
    choices = cast(tuple[str, ...], known.choices or ())
    for text in choices:
        _check_choice(kind, text, known)
    if kind == "percent" and choices:  # the sign may be written or not
        choices = tuple(dict.fromkeys(end for text in choices for end in _with_and_without_sign(text)))
        known = replace(known, choices=choices)
    longest = 1 if kind == "digit" else _LONGEST_TEXT
    met = (
        any(_is_met(kind, text, known) for text in choices)
        if choices
        else _may_be_met(kind, known, allowed_symbols(kind), longest)
    )
    if not met:
        given = [
            name for name in ("pattern", "choices", "minimum", "maximum") if getattr(known, name) is not None
        ]
        raise UsageError(f"nothing that kind {kind!r} reads meets {' and '.join(given)}; drop or mend them")
    return known


@lru_cache(maxsize=256)
def may_fill(kind: Kind, options: ValueOptions, boxes: int) -> bool:
    """Tell whether a number of at most so many digits, one a box, meets options; where that takes long, it may be so.

    A date has as many boxes as it has digits, and is taken to.

    >>> [may_fill("number", ValueOptions(pattern=r"\\d{7}"), boxes) for boxes in (5, 7)]
    [False, True]
    """
    if kind == "date":
        return True
    kind = "number" if kind == "auto" else kind
    if options.pattern is not None:
        alone = ValueOptions(pattern=options.pattern)
        if not _may_be_met(kind, alone, _telling_digits(options.pattern), boxes):
            return False
    if options.minimum is not None and not ValueOptions(minimum=options.minimum).allows_value(10**boxes - 1):
        return False
    if options.maximum is not None and not ValueOptions(maximum=options.maximum).allows_value(0):
        return False
    return not options.narrow or _may_be_met(kind, options, _DIGITS, boxes)


def _telling_digits(pattern: Pattern) -> str:
    """Return digits such that a pattern treats each other one as it does one of them.

    Those that it names, and one of each run between them; all, where parts of it refer to others or look ahead.
    """
    if not isinstance(pattern, str) or re.search(r"\\[\dgkpPNxuU]|\(\?[^:]", pattern):
        return _DIGITS
    named = re.sub(r"\{\d*,?\d*\}|0-9", "", pattern)
    first_of_runs = (after for before, after in pairwise(_DIGITS) if before in named and after not in named)
    return "".join(sorted({"0", *first_of_runs, *(digit for digit in _DIGITS if digit in named)}))


def _with_and_without_sign(text: str) -> tuple[str, ...]:
    bare = text.removesuffix("%")
    return tuple(each for each in (text, bare if bare != text else f"{text}%") if each)


def _check_bounds(kind: Kind, options: ValueOptions) -> None:
    lowest, highest = options.minimum, options.maximum
    for name, bound in (("minimum", lowest), ("maximum", highest)):
        if bound is not None and kind != "auto" and isinstance(bound, date) != (kind == "date"):
            expected = "a day, such as date(2022, 12, 16)" if kind == "date" else "a number"
            raise UsageError(f"{name} is {bound}; expected {expected}, for kind {kind!r}")
    if kind not in _RANGES:
        return
    least, greatest = _RANGES[kind]
    settable = kind == "percent"
    if not ValueOptions(minimum=lowest).allows_value(greatest) and not (settable and highest is not None):
        hint = "; give a maximum, too" if settable else ""
        raise UsageError(f"minimum is {lowest}; kind {kind!r} reads at most {greatest}{hint}")
    if not ValueOptions(maximum=highest).allows_value(least) and not (settable and lowest is not None):
        hint = "; give a minimum, too" if settable else ""
        raise UsageError(f"maximum is {highest}; kind {kind!r} reads at least {least}{hint}")


def _check_choice(kind: Kind, text: str, options: ValueOptions) -> None:
    symbols = allowed_symbols(kind)
    if any(symbol.isspace() for symbol in text):
        raise UsageError(
            f"choices holds {text!r}; expected no spaces, since they are left out of what is read"
        )
    if not text or not set(text) <= set(symbols):
        raise UsageError(f"choices holds {text!r}; kind {kind!r} reads texts of {symbols} only")
    if kind in _NEEDS_VALUE and not options.bounds_values and not possible_values(text, kind):
        raise UsageError(f"choices holds {text!r}; expected {_NEEDS_VALUE[kind]}, for kind {kind!r}")


def _is_met(kind: Kind, text: str, options: ValueOptions) -> bool:
    """Tell whether a text is a whole reading of a kind that the options allow."""
    wants_value = kind in _NEEDS_VALUE or options.bounds_values
    may_have_value = bool(possible_values(text, kind, options)) or not wants_value
    return may_begin(kind, text) and options.fits(text) and may_have_value


@lru_cache(maxsize=256)  # a pattern is given with every field
def _may_be_met(kind: Kind, options: ValueOptions, symbols: str, longest: int) -> bool:
    """Tell whether any text of a kind, of some symbols, meets the options; where that takes long, it may be so."""
    if options.pattern is None:  # then a reading may begin with any of the symbols, and bounds were looked at
        return kind != "digit" or any(_is_met(kind, symbol, options) for symbol in symbols)
    waiting = [""]
    for _ in range(_MOST_PREFIXES):
        if not waiting:
            return False
        prefix = waiting.pop()
        longer = [prefix + symbol for symbol in symbols] if len(prefix) < longest else []
        begun = [text for text in longer if may_begin(kind, text) and options.may_begin(text)]
        if any(_is_met(kind, text, options) for text in begun):
            return True
        waiting += reversed(begun)
    return True
