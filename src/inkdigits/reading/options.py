"""What the caller knows about the writing: how it is meant, and which readings may be.

A search for the best reading asks at every step which texts may go on: a pattern and a roster guide it, and are not
held against a finished text alone. Bounds and a check can be asked of whole texts only, and choose among what it finds.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from numbers import Integral
from typing import Literal, TypedDict

import regex

from inkdigits.containers import Value
from inkdigits.errors import UsageError

__all__ = ["Bound", "DecimalMark", "Pattern", "ReadOptions", "ValueOptions"]

DecimalMark = Literal[".", ","]
Bound = int | float | Decimal | date
Pattern = str | re.Pattern[str] | regex.Pattern[str]

# Of the flags of a compiled pattern, those that mean something here, as the regex package has them.
_FLAGS = (
    (re.ASCII, regex.ASCII),
    (re.IGNORECASE, regex.IGNORECASE),
    (re.MULTILINE, regex.MULTILINE),
    (re.DOTALL, regex.DOTALL),
    (re.VERBOSE, regex.VERBOSE),
)
_PATTERN_SECONDS = 0.2  # one match; a pattern that takes longer goes back and forth without end
_LONG_MATCH = 0.005  # seconds; one seldom takes a thousandth of that
_LONG_MATCHES_SECONDS = 2.0  # all of them together: a search matches thousands of times


class ReadOptions(TypedDict, total=False):
    """The keywords of a call that reads; see ``ValueOptions``."""

    day_first: bool | None
    decimal_mark: DecimalMark | None
    pattern: Pattern | None
    choices: Iterable[str | int] | None
    minimum: Bound | None
    maximum: Bound | None
    check: Callable[[str], bool] | None


@dataclass(frozen=True)
class ValueOptions:
    """What the caller knows; None is not known, or anything goes.

    day_first: whether 03/04/22 is the 3rd of April (True) or March the 4th (False).
    decimal_mark: "." or ",", the mark before decimals.
    pattern: a regular expression that the whole text matches, such as ``\\d{5}``, or a compiled one.
    choices: the texts that may be, as of a roster; whole numbers count as theirs.
    minimum, maximum: bounds of the value, themselves allowed: numbers, or days.
    check: tells of a whole text whether it may be, such as a checksum.

    Raises UsageError for what cannot be meant, of whatever kind the writing is; ``limits.py`` knows of the kinds.
    """

    day_first: bool | None = None
    decimal_mark: DecimalMark | None = None
    pattern: Pattern | None = None
    choices: Iterable[str | int] | None = None
    minimum: Bound | None = None
    maximum: Bound | None = None
    check: Callable[[str], bool] | None = None
    _beginnings: frozenset[str] | None = field(init=False, repr=False, compare=False, default=None)
    _texts: frozenset[str] | None = field(init=False, repr=False, compare=False, default=None)
    _compiled: regex.Pattern[str] | None = field(init=False, repr=False, compare=False, default=None)
    _long_matches: list[float] = field(init=False, repr=False, compare=False, default_factory=list)

    def __post_init__(self) -> None:
        if self.day_first is not None and not isinstance(self.day_first, bool):
            raise UsageError(f"day_first is {self.day_first!r}; expected True, False or None")
        if self.decimal_mark is not None and (
            not isinstance(self.decimal_mark, str) or self.decimal_mark not in (".", ",")
        ):
            raise UsageError(f"decimal_mark is {self.decimal_mark!r}; expected '.' or ','")
        if self.check is not None and not callable(self.check):
            raise UsageError(f"check is {self.check!r}; expected a function of a text")
        if self.pattern is not None:
            object.__setattr__(self, "_compiled", _compile(self.pattern))
        if self.choices is not None:
            texts = _texts_of(self.choices)
            beginnings = frozenset(text[:end] for text in texts for end in range(len(text) + 1))
            object.__setattr__(self, "choices", texts)  # an iterator gives them only once
            object.__setattr__(self, "_texts", frozenset(texts))
            object.__setattr__(self, "_beginnings", beginnings)
        for name in ("minimum", "maximum"):
            object.__setattr__(self, name, _bound(name, getattr(self, name)))
        if None not in (self.minimum, self.maximum) and not _ordered(self.minimum, self.maximum):
            raise UsageError(f"minimum {self.minimum} and maximum {self.maximum} leave nothing between them")

    @property
    def names_texts(self) -> bool:
        """Whether it is said which texts may be: then one that may be needs no value."""
        return self.pattern is not None or self.choices is not None or self.check is not None

    @property
    def bounds_values(self) -> bool:
        """Whether a reading must have a value."""
        return self.minimum is not None or self.maximum is not None

    @property
    def narrow(self) -> bool:
        """Whether not every reading of a kind may be."""
        return self.names_texts or self.bounds_values

    def may_begin(self, prefix: str) -> bool:
        """Tell whether a text that may be can begin like this.

        >>> [ValueOptions(pattern=r"\\d{2}-\\d").may_begin(prefix) for prefix in ("1", "12-", "1-")]
        [True, True, False]
        """
        if self._beginnings is not None and prefix not in self._beginnings:
            return False
        return self._matches(prefix, partial=True)

    def allows_text(self, text: str) -> bool:
        """Tell whether a whole text may be.

        >>> ValueOptions(choices=[105, 106]).allows_text("106")
        True
        """
        return self.fits(text) and (self.check is None or bool(self.check(text)))

    def fits(self, text: str) -> bool:
        """Tell whether a whole text is one of the choices and matches the pattern, whatever a check says of it."""
        if self._texts is not None and text not in self._texts:
            return False
        return self._matches(text, partial=False)

    def allows_value(self, value: Value) -> bool:
        """Tell whether a value is within the bounds; a day is not within those of numbers."""
        above = self.minimum is None or _ordered(self.minimum, value)
        return above and (self.maximum is None or _ordered(value, self.maximum))

    def _matches(self, text: str, *, partial: bool) -> bool:
        if self._compiled is None:
            return True
        started = time.thread_time()
        try:
            found = self._compiled.fullmatch(text, partial=partial, timeout=_PATTERN_SECONDS)
        except TimeoutError:
            raise self._slow_pattern() from None
        seconds = time.thread_time() - started
        if seconds > _LONG_MATCH:
            self._long_matches.append(seconds)
            if sum(self._long_matches) > _LONG_MATCHES_SECONDS:
                raise self._slow_pattern()
        return found is not None

    def _slow_pattern(self) -> UsageError:
        pattern = self._compiled.pattern if self._compiled is not None else ""
        return UsageError(f"pattern {pattern!r} takes too long to match; make it simpler")


def _compile(pattern: Pattern) -> regex.Pattern[str]:
    text = pattern if isinstance(pattern, str) else getattr(pattern, "pattern", None)
    if not isinstance(text, str):
        raise UsageError(
            f"pattern is {pattern!r}; expected a regular expression of text, such as '[0-9]{{5}}'"
        )
    if not text:
        raise UsageError("pattern is empty, and would match no writing; expected such as '[0-9]{5}'")
    if isinstance(pattern, regex.Pattern):
        return pattern
    flags = 0 if isinstance(pattern, str) else pattern.flags
    try:
        return regex.compile(text, sum(ours for theirs, ours in _FLAGS if flags & theirs))
    except regex.error as error:
        raise UsageError(f"pattern {text!r} is no regular expression: {error}") from error


def _texts_of(choices: Iterable[str | int]) -> tuple[str, ...]:
    expected = "expected one text or more, such as ['105', '106']"
    if isinstance(choices, str | bytes):
        raise UsageError(f"choices is {choices!r}; {expected}")
    try:
        texts = list(choices)
    except TypeError:
        raise UsageError(f"choices is {choices!r}; {expected}") from None
    if not texts:
        raise UsageError(f"choices is empty; {expected}")
    for text in texts:
        if not isinstance(text, str | Integral) or isinstance(text, bool):
            raise UsageError(f"choices holds {text!r}, which is no text; {expected}, as they are written")
    return tuple(str(text) for text in texts)


def _bound(name: str, bound: Bound | None) -> Value | None:
    if isinstance(bound, datetime):
        return bound.date()
    if bound is None or (isinstance(bound, int | date) and not isinstance(bound, bool)):
        return bound
    try:
        number = Decimal(str(bound))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise UsageError(f"{name} is {bound!r}; expected a number, or a day as datetime.date gives it")
    return number


def _ordered(first: Bound | None, second: Bound | None) -> bool:
    """Tell whether both are numbers, or both days, and in order."""
    if isinstance(first, date) and isinstance(second, date):
        return first <= second
    if isinstance(first, date | None) or isinstance(second, date | None):
        return False
    return first <= second
