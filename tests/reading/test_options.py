from datetime import date, datetime
from decimal import Decimal

import pytest

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
        ({"choices": []}, "choices"),
        ({"choices": "105"}, "choices"),
        ({"minimum": float("nan")}, "minimum"),
        ({"maximum": "many"}, "maximum"),
        ({"minimum": 5, "maximum": 4}, "between"),
        ({"minimum": 5, "maximum": date(2020, 1, 1)}, "between"),
        ({"decimal_mark": ";"}, "decimal_mark"),
    ],
)
def test_what_cannot_be_meant_is_refused(options, says):
    with pytest.raises(UsageError, match=says):
        ValueOptions(**options)


def test_a_pattern_without_end_is_refused():
    with pytest.raises(UsageError, match="too long"):
        ValueOptions(pattern=r"(\d|\d\d)+[-/]").allows_text("1" * 40 + "4")
