"""Patterns from clients: the useful ones are taken, the dangerous ones are not, and what is taken is cheap."""

import time

import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inkdigits.web.patterns import check_pattern
from inkdigits.web.problems import Problem


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d{5}",
        "[0-9]{5}",
        r"[0-9]{1,3}(,\d{3})*(\.\d\d)?",
        "12|34",
        "[^]0]+",
        "(?:1|2){3}",
        "^5$",
        "1{2,}",
        r"\(5\)",
        "5.5",
    ],
)
def test_useful_patterns_are_taken(pattern: str) -> None:
    check_pattern(pattern, "pattern")
    regex.compile(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "((1{100}){100}){100}",
        "(?:(?:1{999}){999}){999}",
        "([0-9]+)*",
        "(([0-9]*)x?)*",
        "1++",
        r"(1)\1",
        "(?=1)",
        "(?<=1)",
        "(?P<a>1)",
        "(?R)",
        "(?i)1",
        "1{e<=9}",
        "[[0-9]--[3]]",
        r"\p{L}",
        "(",
        ")",
        "[0-9",
        "1" * 201,
    ],
)
def test_dangerous_and_broken_patterns_are_not(pattern: str) -> None:
    with pytest.raises(Problem) as caught:
        check_pattern(pattern, "options.pattern")
    assert caught.value.status == 422
    assert caught.value.places[0][0] == "options.pattern"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(r"01d\()[]{}*+?|^$.,-9", max_size=24))
def test_what_is_taken_compiles_soon_or_is_no_pattern(pattern: str) -> None:
    try:
        check_pattern(pattern, "pattern")
    except Problem:
        return
    started = time.thread_time()
    try:
        compiled = regex.compile(pattern)
        compiled.fullmatch("1234567890" * 3, partial=True, timeout=0.2)
    except (regex.error, TimeoutError):
        pass
    assert time.thread_time() - started < 1.5
