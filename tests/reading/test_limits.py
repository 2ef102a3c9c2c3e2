import re
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from inkdigits.errors import UsageError
from inkdigits.reading.limits import known_options, may_fill
from inkdigits.reading.options import ValueOptions

DAY = date(2022, 12, 16)


@pytest.mark.parametrize(
    ("kind", "options", "says"),
    [
        ("roman", {}, "kind is 'roman'; expected one of auto, digit"),
        ("date", {"dayfirst": True}, "dayfirst is no option; expected any of day_first"),
        ("number", {"choices": ["105", "A12"]}, "choices holds 'A12'; kind 'number' reads"),
        ("auto", {"choices": ["A12"]}, "choices holds 'A12'"),
        ("number", {"choices": ["12:30"]}, "choices holds '12:30'"),
        ("number", {"choices": ["12 34"]}, "expected no spaces"),
        ("number", {"choices": [""]}, "choices holds ''"),
        ("number", {"choices": [DAY]}, "is no text"),
        ("digit", {"choices": ["105"]}, "choices holds '105'; expected one digit"),
        ("date", {"choices": ["105"]}, "choices holds '105'; expected a day"),
        ("percent", {"choices": ["150%"]}, "choices holds '150%'; expected a percentage"),
        ("number", {"minimum": DAY}, "minimum is 2022-12-16; expected a number"),
        ("percent", {"maximum": DAY}, "maximum is 2022-12-16; expected a number"),
        ("date", {"minimum": 5}, "minimum is 5; expected a day"),
        ("date", {"minimum": date(2101, 1, 1)}, "reads at most 2099-12-31"),
        ("digit", {"minimum": 10}, "minimum is 10; kind 'digit' reads at most 9"),
        ("digit", {"maximum": -1}, "maximum is -1; kind 'digit' reads at least 0"),
        ("percent", {"minimum": 150}, "reads at most 100; give a maximum, too"),
        ("percent", {"maximum": -5}, "reads at least 0; give a minimum, too"),
        ("number", {"pattern": "[A-Z]+"}, "nothing that kind 'number' reads meets pattern"),
        ("digit", {"pattern": r"\d{5}"}, "nothing that kind 'digit' reads meets pattern"),
        ("number", {"pattern": r"\d{5"}, "nothing that kind 'number' reads meets pattern"),
        ("number", {"pattern": r"\d{2}kg"}, "nothing that kind 'number' reads meets pattern"),
        ("date", {"pattern": "%.*"}, "nothing that kind 'date' reads meets pattern"),
        ("number", {"choices": ["105", "106"], "maximum": 100}, "meets choices and maximum"),
        ("number", {"choices": ["105", "106"], "pattern": "2.*"}, "meets pattern and choices"),
    ],
)
def test_what_nothing_can_meet_is_told_of_in_one_line(kind, options, says):
    with pytest.raises(UsageError, match=re.escape(says)) as caught:
        known_options(kind, options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("auto", {"minimum": 5}),
        ("auto", {"minimum": DAY}),
        ("auto", {"choices": ["12:30", "50%", "7"]}),
        ("digit", {"choices": [1, 2], "maximum": 1}),
        ("digit", {"choices": ["1", "2"], "pattern": "[0-5]"}),
        ("digit", {"check": lambda text: len(text) == 5}),
        ("number", {"choices": np.array([105, 106])}),
        ("number", {"choices": ["39.300.-", "042776-4"]}),
        ("number", {"pattern": r"\d{5}", "minimum": Decimal(5)}),
        ("percent", {"minimum": -10}),
        ("percent", {"minimum": 120, "maximum": 150}),
        ("percent", {"choices": ["50", "50%"]}),
        ("percent", {"choices": ["-5%", "150%"], "minimum": -10, "maximum": 200}),
        ("date", {"choices": ["16/12/22", "2022-12-05"], "minimum": DAY}),
    ],
)
def test_what_can_be_met_is_known(kind, options):
    assert known_options(kind, options).narrow


def test_the_sign_of_a_percentage_on_a_roster_may_be_written_or_not():
    assert known_options("percent", {"choices": ["45", "50%"]}).choices == ("45", "45%", "50%", "50")


def test_a_lone_sign_is_no_choice_of_nothing():
    assert known_options("percent", {"choices": ["%", "50%"], "minimum": 0}).choices == ("%", "50%", "50")


@pytest.mark.parametrize(
    ("options", "boxes", "fills"),
    [
        ({}, 2, True),
        ({"pattern": r"\d{2}"}, 2, True),
        ({"pattern": r"\d{12}"}, 12, True),
        ({"pattern": r"\d{13}"}, 12, False),
        ({"pattern": "[0-9]{9,}"}, 8, False),
        ({"pattern": "[0-9]{9}?"}, 9, True),
        ({"pattern": "[0-9]{7}", "minimum": 0}, 6, False),
        ({"pattern": r"9\d{4}|[0-8]\d{8}"}, 6, True),
        ({"pattern": r"9\d{6}|[0-8]\d{8}"}, 5, False),
        ({"pattern": r"(\d)(?!\1)\d"}, 2, True),
        ({"pattern": re.compile(r"\d{4}")}, 3, False),
        ({"pattern": "5?7"}, 1, True),
        ({"pattern": r"\x37"}, 1, True),
        ({"pattern": "[2-5]{2}", "maximum": 21}, 2, False),
        ({"choices": ["12", "123"]}, 2, True),
        ({"minimum": 99}, 2, True),
        ({"minimum": 100}, 2, False),
        ({"maximum": 0}, 2, True),
        ({"maximum": -1}, 2, False),
    ],
)
@pytest.mark.parametrize("kind", ["auto", "number"])
def test_what_no_number_of_so_many_boxes_meets(kind, options, boxes, fills):
    assert may_fill(kind, ValueOptions(**options), boxes) == fills
