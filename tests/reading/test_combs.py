"""Combs: the readings of boxes as one field."""

from datetime import date

import pytest

from inkdigits.containers import Alternative, Field
from inkdigits.reading.combs import comb_field, date_groups
from inkdigits.reading.digits import StatusThresholds
from inkdigits.reading.options import ValueOptions

EMPTY = Field("digit", "", None, 0.9, "empty")
NO_DIGIT = Field("digit", "", None, 0.95, "rejected")


def digit(text, confidence=0.99, other=None):
    rivals = () if other is None else (Alternative(other, int(other), 1 - confidence),)
    return Field("digit", text, int(text), confidence, "ok", rivals, box=(int(text), 0, 9, 9))


def read(boxes, kind="number", groups=(), **options):
    return comb_field(boxes, kind, ValueOptions(**options), groups, StatusThresholds())


def test_digits_make_a_number_and_repeated_ones_stay():
    field = read([digit(text) for text in "007"], kind="auto")
    assert (field.kind, field.text, field.value, field.status) == ("number", "007", 7, "ok")
    assert field.confidence == pytest.approx(0.99**3, abs=1e-3)
    assert [symbol.box[0] for symbol in field.symbols] == [0, 0, 7]


def test_empty_boxes_around_do_not_count_and_one_within_is_doubtful():
    assert read([EMPTY, digit("1"), digit("2"), EMPTY]).status == "ok"
    field = read([digit("1"), EMPTY, digit("2")])
    assert (field.text, field.status) == ("12", "review")


def test_nothing_written_is_empty_and_what_is_no_digit_is_rejected():
    assert read([EMPTY, EMPTY]).status == "empty"
    assert read([digit("1"), NO_DIGIT]) == Field("number", "", None, 0.95, "rejected")


def test_symbols_that_are_no_digits_are_rejected_and_never_counted_as_digits():
    check = Field("digit", "check", None, 0.9, "ok")
    assert read([digit("1"), check]) == Field("number", "", None, 0.9, "rejected")
    either = Field(
        "digit", "1", 1, 0.8, "ok", (Alternative("check", None, 0.1), Alternative("12", None, 0.1))
    )
    field = read([either, digit("5")])
    assert (field.text, field.value) == ("15", 15)
    assert [other.text for other in field.alternatives] == []


def test_a_pattern_chooses_among_doubtful_digits():
    boxes = [digit("1", 0.6, "7"), digit("5")]
    assert read(boxes).status == "review"
    assert [other.text for other in read(boxes).alternatives] == ["75"]
    assert read(boxes, pattern="7[0-9]").text == "75"
    assert read(boxes, maximum=9).status == "rejected"


def test_a_date_in_groups():
    boxes = [digit(text) for text in "16122022"]
    field = read(boxes, "date", (2, 2, 4), day_first=True)
    assert (field.text, field.value, field.status) == ("16/12/2022", date(2022, 12, 16), "ok")
    assert len(field.symbols) == 8
    field = read([digit(text) for text in "20221216"], "date", (4, 2, 2))
    assert field.value == date(2022, 12, 16)
    unclear = read([digit(text) for text in "03042022"], "date", (2, 2, 4))
    assert (unclear.value, unclear.status, len(unclear.alternatives)) == (None, "review", 2)
    assert read([digit(text) for text in "99992022"], "date", (2, 2, 4)).status == "rejected"


def test_six_boxes_are_a_date_with_a_short_year():
    assert date_groups([(left, 0, left + 10, 9) for left in range(0, 60, 10)]) == (2, 2, 2)
