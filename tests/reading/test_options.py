import re
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pytest
import regex

from inkdigits.errors import UsageError
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.values import possible_values


@pytest.mark.parametrize(
    ("options", "prefixes", "texts"),
    [
        (
            {"pattern": r"\d{2}-\d"},
            {"": True, "1": True, "12-": True, "1-": False},
            {"12-3": True, "12-": False},
        ),
        ({"choices": [105, "16"]}, {"1": True, "10": True, "17": False}, {"105": True, "10": False}),
        ({"check": lambda text: sum(map(int, text)) % 10 == 0}, {"7": True}, {"73": True, "74": False}),
        ({"choices": ["11", "22"], "pattern": "2+"}, {"2": True, "1": False}, {"22": True, "11": False}),
        ({}, {"anything": True}, {"anything": True}),
    ],
)
def test_texts_that_may_be(options, prefixes, texts):
    known = ValueOptions(**options)
    assert {prefix: known.may_begin(prefix) for prefix in prefixes} == prefixes
    assert {text: known.allows_text(text) for text in texts} == texts


@pytest.mark.parametrize(
    ("options", "value", "allowed"),
    [
        ({"minimum": 3}, 3, True),
        ({"minimum": 3}, 2, False),
        ({"maximum": 2.5}, Decimal("2.5"), True),
        ({"maximum": 2.5}, 3, False),
        ({"minimum": date(2020, 1, 1)}, date(2019, 12, 31), False),
        ({"maximum": datetime(2020, 1, 1, 12)}, date(2020, 1, 1), True),
        ({"minimum": 3}, date(2020, 1, 1), False),
        ({"minimum": date(2020, 1, 1)}, 3, False),
    ],
)
def test_values_within_bounds(options, value, allowed):
    assert ValueOptions(**options).allows_value(value) is allowed


@pytest.mark.parametrize(
    "choices", [np.array([105, 106]), np.array(["105", "106"]), range(105, 107), (str(n) for n in (105, 106))]
)
def test_choices_come_in_any_row_of_texts(choices):
    known = ValueOptions(choices=choices)
    assert [text for text in ("104", "105", "106") if known.allows_text(text)] == ["105", "106"]
    assert known.choices == ("105", "106")
    assert hash(known) == hash(ValueOptions(choices=[105, 106]))


@pytest.mark.parametrize(
    "pattern",
    [
        re.compile(r"\d{2} -  \d  # a part", re.VERBOSE),
        re.compile(r"\d{2}-\d", re.ASCII | re.IGNORECASE | re.MULTILINE | re.DOTALL),
        regex.compile(r"\d{2} -  \d  # a part", regex.VERBOSE),
    ],
)
def test_a_compiled_pattern_keeps_its_flags(pattern):
    known = ValueOptions(pattern=pattern)
    assert [known.allows_text(text) for text in ("12-3", "12-", "12 -  3")] == [True, False, False]
    assert known.may_begin("12-")


def test_bounds_settle_what_is_ambiguous():
    assert possible_values("1.234", "number", ValueOptions(maximum=100)) == (Decimal("1.234"),)
    early = ValueOptions(maximum=date(2022, 3, 31))
    assert possible_values("03/04/22", "date", early) == (date(2022, 3, 4),)


def test_percentages_go_to_100_unless_told_otherwise():
    assert possible_values("120%", "percent") == ()
    assert possible_values("120%", "percent", ValueOptions(maximum=150)) == (120,)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"pattern": "("}, "regular expression"),
        ({"pattern": 5}, "regular expression"),
        ({"pattern": ""}, "pattern is empty"),
        ({"pattern": b"[0-9]"}, "regular expression of text"),
        ({"pattern": re.compile(rb"[0-9]")}, "regular expression of text"),
        ({"choices": []}, "choices"),
        ({"choices": "105"}, "choices"),
        ({"choices": 105}, "choices is 105"),
        ({"choices": np.array([])}, "choices is empty"),
        ({"choices": [date(2022, 12, 16)]}, "is no text"),
        ({"choices": ["105", 10.5]}, "choices holds 10.5, which is no text"),
        ({"choices": [True]}, "choices holds True"),
        ({"check": 5}, "check is 5; expected a function"),
        ({"day_first": "no"}, "day_first is 'no'; expected True, False or None"),
        ({"minimum": True}, "minimum is True"),
        ({"minimum": float("nan")}, "minimum"),
        ({"maximum": "many"}, "maximum"),
        ({"minimum": 5, "maximum": 4}, "between"),
        ({"minimum": 5, "maximum": date(2020, 1, 1)}, "between"),
        ({"decimal_mark": ";"}, "decimal_mark"),
        ({"decimal_mark": [","]}, "decimal_mark"),
    ],
)
def test_what_cannot_be_meant_is_refused(options, says):
    with pytest.raises(UsageError, match=says):
        ValueOptions(**options)


def test_a_pattern_without_end_is_refused():
    with pytest.raises(UsageError, match="too long"):
        ValueOptions(pattern=r"(\d|\d\d)+[-/]").allows_text("1" * 40 + "4")


def test_bounds_settle_the_century_of_a_year_of_two_digits():
    assert possible_values("31/12/49", "date", ValueOptions(day_first=True)) == (date(2049, 12, 31),)
    born = ValueOptions(day_first=True, minimum=date(1900, 1, 1), maximum=date(2021, 1, 1))
    assert possible_values("31/12/49", "date", born) == (date(1949, 12, 31),)
    late = ValueOptions(day_first=True, minimum=date(2050, 1, 1), maximum=date(2100, 1, 1))
    assert possible_values("31/12/75", "date", late) == (date(2075, 12, 31),)
    today = ValueOptions(day_first=True, maximum=date(2024, 12, 31))
    assert possible_values("16/12/28", "date", today) == ()  # misread, and nobody's birthday
