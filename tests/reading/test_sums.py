"""Sums: what does not add up is to be reviewed; nothing that was read is replaced."""

from decimal import Decimal

import pytest

from inkdigits.containers import Alternative, Field
from inkdigits.reading.sums import check_sums
from inkdigits.reading.templates import SumCheck

ROW = (SumCheck("sum", ("a", "b")),)


def field(name, text, *others, status="ok", value=...):
    number = Decimal(text) if text and value is ... else None if value is ... else value
    rivals = tuple(Alternative(str(other), Decimal(other), 0.1) for other in others)
    return Field(
        "number", text, number, 0.95, status if text or status != "ok" else "empty", rivals, name=name
    )


def statuses(fields):
    return [field.status for field in fields]


def test_a_right_sum_changes_nothing():
    fields = (field("a", "2"), field("b", "3.5"), field("sum", "5.5"))
    assert check_sums(fields, ROW) == fields


def test_an_empty_part_counts_as_nothing_and_an_empty_total_claims_nothing():
    fields = (field("a", "2"), field("b", ""), field("sum", "2"))
    assert check_sums(fields, ROW) == fields
    fields = (field("a", "2"), field("b", "3"), field("sum", ""))
    assert check_sums(fields, ROW) == fields


def test_a_wrong_sum_is_to_be_reviewed_and_the_reading_stays():
    fields = check_sums((field("a", "2"), field("b", ""), field("sum", "5"), field("other", "1")), ROW)
    assert statuses(fields) == ["review", "empty", "review", "ok"]
    assert [one.text for one in fields] == ["2", "", "5", "1"]


def test_the_one_alternative_that_restores_a_sum_comes_first():
    fields = check_sums((field("a", "1", "4", "7"), field("b", "3", "8"), field("sum", "10")), ROW)
    assert [other.text for other in fields[0].alternatives] == ["7", "4"]
    assert (fields[0].text, fields[0].status) == ("1", "review")
    assert [other.text for other in fields[1].alternatives] == ["8"]


def test_of_two_that_restore_a_sum_none_is_favored():
    fields = (field("a", "1", "4", "7"), field("b", "3", "8", "9"), field("sum", "10"))
    assert [other.text for other in check_sums(fields, ROW)[0].alternatives] == ["4", "7"]
    assert [other.text for other in check_sums(fields, ROW)[1].alternatives] == ["8", "9"]


def test_of_two_the_one_that_restores_the_column_too_is_favored():
    sums = (*ROW, SumCheck("below", ("b", "c")))
    fields = (
        field("a", "1", "4", "7"),
        field("b", "3", "8", "9"),
        field("sum", "10"),
        field("c", "1"),
        field("below", "10"),
    )
    checked = check_sums(fields, sums)
    assert [other.text for other in checked[1].alternatives] == ["9", "8"]
    assert [other.text for other in checked[0].alternatives] == ["4", "7"]
    assert statuses(checked) == ["review"] * 5


@pytest.mark.parametrize("total", ["1234", "1.234"])
def test_of_two_values_of_one_text_the_sum_favors_one(total):
    values = (Alternative("1.234", 1234, 0.5), Alternative("1.234", Decimal("1.234"), 0.5))
    unclear = Field("number", "1.234", None, 0.9, "review", values, name="a")
    (first, *_) = check_sums((unclear, field("b", ""), field("sum", total)), ROW)
    assert first.alternatives[0].value == Decimal(total)
    assert first.value is None


def test_a_sum_with_a_rejected_field_is_not_checked():
    fields = (field("a", "2"), field("b", "", status="rejected"), field("sum", "9"))
    assert check_sums(fields, ROW) == fields
