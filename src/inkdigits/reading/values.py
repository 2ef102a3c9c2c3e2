"""From a text to a value: what a number, a percentage or a date says, and whether it can be read in two ways.

A text keeps the symbols as they are written; a value is what they mean. Where the writing can mean two things (1.234
with a thousands point or a decimal point, 03/04/22 with the day or the month first) and the caller has not said which,
both are returned and the reader asks for review.

A number is digits, plain, in groups (1.234.567; 12,34,567) or with decimals (12,5; 1.234,50), with zeros before it or a
minus. As on cheques, strokes may close it, and open it, so that nothing can be added: 39.300.-, 1.000,=, =500=.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from inkdigits.containers import Kind, Value
from inkdigits.reading.options import DecimalMark, ValueOptions

__all__ = ["allowed_symbols", "may_begin", "plausible", "possible_values"]

# It is closed by a mark, by strokes, or by both; two points after a number are dirt, or what is left of a digit.
_NUMBER = re.compile(r"([-=]*)(\d(?:[\d.,]*\d)?|[.,]\d+)((?![.,/:]{2})[.,/:]?[-=]*[.,/:]?)")
_GROUPS = re.compile(
    r"\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+|\d{1,2}(?:,\d\d)+,\d{3}"
)  # the last: lakhs and crores
# A dash parts the digits of a card, a telephone or a series, which has more of them than most sums.
_SERIAL = re.compile(r"(?=(?:-?\d){6})\d+-\d+[-.,=]*")
_OTHER_FORMS = re.compile(r"\d{1,2}:\d\d(?::\d\d)?|\d+/\d+")  # a time; seven marks of ten
_DATE = re.compile(r"(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})")
_CENTURY_PIVOT = 70
_PART = r"(?:0?[1-9]|[12]\d|3[01])"  # a day or a month
_PART_BEGUN = r"(?:0?[1-9]?|[12]\d|3[01])"
_YEAR = r"(?:19|20)\d\d"
_YEAR_BEGUN = r"(?:\d{0,2}|(?:19|20)\d{1,2})"
# One mark parts a date in both places.
_BEGINNINGS = {
    "date": re.compile(
        rf"{_PART_BEGUN}|{_PART}[-/.]{_PART_BEGUN}|{_PART}([-/.]){_PART}\1{_YEAR_BEGUN}"
        rf"|{_YEAR_BEGUN}|{_YEAR}[-/.]{_PART_BEGUN}|{_YEAR}([-/.]){_PART}\2{_PART_BEGUN}"
    ),
    "percent": re.compile(r"-?(?:(?:\d{1,3}(?:[.,]\d*)?|[.,]\d*)%?)?"),
}
_SYMBOLS = {
    "auto": "0123456789.,-/%:=",
    "digit": "0123456789",
    "number": "0123456789.,-=",
    # A minus is seen even where no percentage may have one: passed over, -5% would be read as a sure 5%.
    "percent": "0123456789.,%-",
    "date": "0123456789.-/",
}


def allowed_symbols(kind: Kind) -> str:
    """Return the symbols that a text of a kind may hold.

    >>> allowed_symbols("percent")
    '0123456789.,%-'
    """
    return _SYMBOLS[kind]


@lru_cache(maxsize=1 << 14)  # a search asks the same again and again
def may_begin(kind: Kind, prefix: str) -> bool:
    """Tell whether a text of a kind may begin like this; a search need not follow what may not.

    >>> [may_begin("date", prefix) for prefix in ("31/1", "2022-12-3", "32/1", "31/1-", "31/1/2122")]
    [True, True, False, False, False]
    """
    beginning = _BEGINNINGS.get(kind)
    return beginning is None or beginning.fullmatch(prefix) is not None


def possible_values(text: str, kind: Kind, options: ValueOptions | None = None) -> tuple[Value, ...]:
    """Return every value that ``text`` may have as ``kind`` within the bounds, the likelier first; () for none.

    >>> possible_values("1.234", "number")
    (1234, Decimal('1.234'))
    >>> possible_values("39.300.-", "number")
    (39300,)
    >>> possible_values("16/12/22", "date")
    (datetime.date(2022, 12, 16),)
    """
    options = options or ValueOptions()
    return tuple(value for value in _READERS[kind](text, options) if options.allows_value(value))


@lru_cache(maxsize=1 << 14)
def plausible(text: str, kind: Kind) -> bool:
    """Tell whether a text is such as people write for a kind; one that is not may still be what was written.

    All that has a value is plausible; so is a number with a dash and six digits or more, as cards and telephones have,
    and for "auto" a time or a mark such as 7/10.

    >>> [plausible(text, "number") for text in ("39.300.-", "0.5", "042776-4", "104-5", "161.12.122", ".")]
    [True, True, True, False, False, False]
    """
    if possible_values(text, kind):
        return True
    if kind == "auto" and _OTHER_FORMS.fullmatch(text):
        return True
    return kind in ("auto", "number") and _SERIAL.fullmatch(text) is not None


def _digit_values(text: str, options: ValueOptions) -> tuple[Value, ...]:  # noqa: ARG001
    return (int(text),) if len(text) == 1 and text.isascii() and text.isdigit() else ()


def _number_values(text: str, options: ValueOptions) -> tuple[Value, ...]:
    match = _NUMBER.fullmatch(text)
    if match is None:
        return ()
    opening, body, closing = match.groups()
    values = _unsigned_values(body, options.decimal_mark)
    whole: list[int | Decimal] = [value for value in values if isinstance(value, int)]
    if closing and whole:
        values = whole  # what is closed off has no decimals, where it can do without
    if not opening or "=" in opening:
        return tuple(values)
    negative = [-value for value in values]
    # Where a stroke closes the number, that before it may be another, and no minus.
    strokes = opening != "-" or set(closing) & {"-", "="}
    return (*values, *negative) if strokes else tuple(negative)


def _unsigned_values(body: str, decimal_mark: DecimalMark | None) -> list[int | Decimal]:
    marks = set(body) & {".", ","}
    if not marks:
        return [int(body)]
    last = max(body.rfind("."), body.rfind(","))
    as_groups = _groups(body)
    whole, part = body[:last], body[last + 1 :]
    as_decimal = None
    whole_number = _groups(whole) if set(whole) & {".", ","} else int(whole or "0")  # .5 is 0.5
    if part.isdigit() and whole_number is not None and body[last] not in whole:
        as_decimal = Decimal(f"{whole_number}.{part}")
    if decimal_mark is not None:
        if decimal_mark in body:
            return [as_decimal] if as_decimal is not None and body[last] == decimal_mark else []
        return [as_groups] if as_groups is not None else []
    return [value for value in (as_groups, as_decimal) if value is not None]


def _groups(body: str) -> int | None:
    """Return the whole number that digits in groups make, 1.234.567 or 12,34,567, or None."""
    if _GROUPS.fullmatch(body) and not body.startswith("0"):
        return int(re.sub(r"[.,]", "", body))
    return None


def _percent_values(text: str, options: ValueOptions) -> tuple[Value, ...]:
    values = _number_values(text.removesuffix("%"), options)
    lowest = 0 if options.minimum is None else -math.inf  # 0 to 100, unless told otherwise
    highest = 100 if options.maximum is None else math.inf
    return tuple(value for value in values if not isinstance(value, date) and lowest <= value <= highest)


def _date_values(text: str, options: ValueOptions) -> tuple[Value, ...]:
    match = _DATE.fullmatch(text)
    if match is None:
        return ()
    first, second, third = match.groups()
    if len(first) == 4:
        return _calendar_days([(first, second, third)], options)
    if len(first) > 2 or len(third) not in (2, 4):
        return ()
    day_first, month_first = (third, second, first), (third, first, second)
    if options.day_first is None:
        return _calendar_days([day_first, month_first], options)
    return _calendar_days([day_first if options.day_first else month_first], options)


def _calendar_days(candidates: list[tuple[str, str, str]], options: ValueOptions) -> tuple[date, ...]:
    """Return the days of years, months and days; of two digits, 70 to 99 are of 1900, 0 to 69 of 2000.

    Where both bounds are given, and rule that out, it is the other century. One bound alone says that no later day, or
    no earlier one, was written, and not that people were born a century ago.
    """
    days: list[date] = []
    for turn in (0, 1):
        for written, month, day in candidates:
            try:
                found = date(_full_year(written, turn), int(month), int(day))
            except ValueError:
                continue
            if found not in days and options.allows_value(found):
                days.append(found)
        if days or options.minimum is None or options.maximum is None:
            break
    return tuple(days)


def _full_year(written: str, turn: int) -> int:
    """Return a year as it is written; turn: of two digits, 0 for the likelier century, 1 for the other."""
    year = int(written)
    if len(written) > 2:
        return year
    return year + (1900, 2000)[(year < _CENTURY_PIVOT) != bool(turn)]


def _auto_values(text: str, options: ValueOptions) -> tuple[Value, ...]:
    if text.endswith("%"):
        return _percent_values(text, options)
    return _date_values(text, options) or _number_values(text, options)


_READERS: dict[str, Callable[[str, ValueOptions], tuple[Value, ...]]] = {
    "auto": _auto_values,
    "digit": _digit_values,
    "number": _number_values,
    "percent": _percent_values,
    "date": _date_values,
}
