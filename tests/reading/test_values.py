from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from inkdigits.errors import UsageError
from inkdigits.reading.lattice import Lattice
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.values import allowed_symbols, may_begin, plausible, possible_values

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
        ("500--", (500,)),
        ("1.000,=", (1000,)),
        ("=500=", (500,)),
        ("-500.-", (500, -500)),
        ("--44", (44, -44)),
        ("-44.", (-44,)),
        ("12,34,567", (1234567,)),
        ("1,00,000.50", (Decimal("100000.50"),)),
        ("0012,50", (Decimal("12.50"),)),
        ("500=.", (500,)),
        ("5..", ()),
        ("5.,", ()),
        ("", ()),
        ("-", ()),
        ("1.2.3", ()),
        ("1-2", ()),
        ("1,234,5", ()),
        ("161.12.122", ()),
        ("11-5", ()),
        ("=-", ()),
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


def test_a_minus_is_seen_in_a_percentage_and_may_be_where_the_minimum_is_below_zero():
    symbols = "0123456789%-"
    rows = np.full((6, len(symbols) + 1), 0.001, np.float32)
    for row, symbol in zip(rows[::2], "-5%", strict=True):
        row[symbols.index(symbol)] = 1 - row.sum()
    rows[1::2, -1] = 1
    lattice = Lattice(rows, symbols).restricted(allowed_symbols("percent"))
    best = lattice.best_readings(1, allowed=lambda prefix: may_begin("percent", prefix))[0]
    assert best.text == "-5%"
    assert possible_values(best.text, "percent") == ()
    assert possible_values(best.text, "percent", ValueOptions(minimum=-10)) == (-5,)


@pytest.mark.parametrize("prefix", ["--", "%", "-%", "5%%", "1234", "5-"])
def test_no_percentage_begins_so(prefix):
    assert not may_begin("percent", prefix)


@pytest.mark.parametrize(
    ("kind", "texts", "others"),
    [
        (
            "number",
            [
                "0",
                "007",
                "-44",
                "12,5",
                "1.234.567",
                "39.300.-",
                "1.000,=",
                "500--",
                "042776-4",
                "98-7654321",
            ],
            ["", ".", "-", ".,-", "1.2.3", "161.12.122", "11-5", "104-5", "15-12-2022", "1-2-345678"],
        ),
        ("digit", ["7"], ["12", "-", ""]),
        ("percent", ["50%", "0,5"], ["-5%", "101%", "1-2"]),
        ("date", ["16/12/22", "03/04/22", "2022-12-05"], ["16/12", "32/1/22"]),
        ("auto", ["7", "50%", "16/12/22", "12:30", "7/10", "042776-4"], ["11-5", ":", "7//10", "-", "12:3"]),
    ],
)
def test_what_people_write_is_plausible(kind, texts, others):
    assert [text for text in texts if not plausible(text, kind)] == []
    assert [text for text in others if plausible(text, kind)] == []


def test_auto_takes_the_form_of_the_text():
    assert possible_values("50%", "auto") == (50,)
    assert possible_values("16/12/22", "auto") == (date(2022, 12, 16),)
    assert possible_values("1,5", "auto") == (Decimal("1.5"),)


def test_a_decimal_mark_is_a_point_or_a_comma():
    with pytest.raises(UsageError, match="decimal_mark is ';'"):
        ValueOptions(decimal_mark=";")


def test_a_space_parts_a_date():
    assert possible_values("16 12 2022", "date") == (date(2022, 12, 16),)
    assert possible_values("16  12 2022", "date") == ()
