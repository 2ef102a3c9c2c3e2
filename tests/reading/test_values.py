from datetime import date
from decimal import Decimal

import pytest

from inkdigits.errors import UsageError
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.values import possible_values

POINT, COMMA = ValueOptions(decimal_mark="."), ValueOptions(decimal_mark=",")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("0", (0,)),
        ("007", (7,)),
        ("-44", (-44,)),
        ("12,5", (Decimal("12.5"),)),
        ("-170.5", (Decimal("-170.5"),)),
        ("0.125", (Decimal("0.125"),)),
        ("1.234", (1234, Decimal("1.234"))),
        ("1.234,50", (Decimal("1234.50"),)),
        ("1,234.50", (Decimal("1234.50"),)),
        ("145.000.000", (145_000_000,)),
        ("39.300.-", (39300,)),
        ("12,50.-", (Decimal("12.50"),)),
        ("15397=", (15397,)),
        ("", ()),
        ("-", ()),
        ("1.2.3", ()),
        ("1-2", ()),
        ("1,234,5", ()),
    ],
)
def test_numbers(text, values):
    found = possible_values(text, "number")
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("text", "options", "values"),
    [
        ("1.234", POINT, (Decimal("1.234"),)),
        ("1.234", COMMA, (1234,)),
        ("8,700", POINT, (8700,)),
        ("8,700", COMMA, (Decimal("8.700"),)),
        ("12,5", POINT, ()),
    ],
)
def test_the_decimal_mark_settles_it(text, options, values):
    assert possible_values(text, "number", options) == values


@pytest.mark.parametrize(
    ("text", "values"),
    [("87%", (87,)), ("87", (87,)), ("87,5%", (Decimal("87.5"),)), ("101%", ()), ("-5%", ())],
)
def test_percentages(text, values):
    assert possible_values(text, "percent") == values


@pytest.mark.parametrize(
    ("text", "day_first", "values"),
    [
        ("16/12/22", None, (date(2022, 12, 16),)),
        ("03/04/22", None, (date(2022, 4, 3), date(2022, 3, 4))),
        ("03/04/22", True, (date(2022, 4, 3),)),
        ("03/04/22", False, (date(2022, 3, 4),)),
        ("04/04/22", None, (date(2022, 4, 4),)),
        ("12/16/22", True, ()),
        ("3.4.1999", True, (date(1999, 4, 3),)),
        ("15-12-85", True, (date(1985, 12, 15),)),
        ("2022-12-05", None, (date(2022, 12, 5),)),
        ("29/02/23", True, ()),
        ("29/02/24", True, (date(2024, 2, 29),)),
        ("16/12", True, ()),
        ("161222", True, ()),
    ],
)
def test_dates(text, day_first, values):
    assert possible_values(text, "date", ValueOptions(day_first=day_first)) == values


def test_auto_takes_the_form_of_the_text():
    assert possible_values("50%", "auto") == (50,)
    assert possible_values("16/12/22", "auto") == (date(2022, 12, 16),)
    assert possible_values("1,5", "auto") == (Decimal("1.5"),)


def test_a_decimal_mark_is_a_point_or_a_comma():
    with pytest.raises(UsageError, match="decimal_mark is ';'"):
        ValueOptions(decimal_mark=";")
