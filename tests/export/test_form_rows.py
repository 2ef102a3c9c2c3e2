"""Forms as CSV and text: a page a row, a field a column."""

import csv
import io
from datetime import date
from decimal import Decimal

from inkdigits.containers import Field, Page
from inkdigits.export import forms_to_csv, forms_to_text

NAMES = ["id", "amount", "day", "rate", "note", "=sum"]
PAGE = Page(
    fields=(
        Field("number", "0071", 71, 0.99, "ok", name="id"),
        Field("number", "10,200", 10200, 0.98, "ok", name="amount"),
        Field("date", "3/4/22", date(2022, 4, 3), 0.97, "ok", name="day"),
        Field("percent", "1.50%", Decimal("1.50"), 0.6, "review", name="rate"),
        Field("number", "", None, 0.9, "rejected", name="note"),
        Field("number", "-5", -5, 0.9, "ok", name="=sum"),
    ),
    source="=a.jpg",
)


def rows(text):
    return list(csv.reader(io.StringIO(text)))


def test_a_page_is_a_row_of_values():
    header, row = rows(forms_to_csv([PAGE], NAMES))
    assert header == ["source", "page", "status", "doubtful", "check", *NAMES[:-1], "'=sum"]
    assert row == [
        "'=a.jpg",
        "1",
        "review",
        "2",
        "rate; note",
        "0071",
        "10200",
        "2022-04-03",
        "1.50",
        "",
        "-5",
    ]


def test_a_page_that_does_not_match_is_a_row_without_values_and_a_sure_one_is_ok():
    sure = Page(fields=(Field("number", "", None, 1.0, "empty", name="id"),), source="b.jpg", number=2)
    other = Page(source="c.jpg", size=(10, 20))
    other, ok, unread = rows(forms_to_csv([other, sure, Page(source="d.jpg")], ["id"], header=False))
    assert other == ["c.jpg", "1", "mismatch", "", "", ""]
    assert unread == ["d.jpg", "1", "unreadable", "", "", ""]
    assert ok == ["b.jpg", "2", "ok", "0", "", ""]


def test_what_has_no_value_keeps_its_text():
    unclear = Page(fields=(Field("number", "1.234", None, 0.9, "review", name="id"),))
    assert rows(forms_to_csv([unclear], ["id"], header=False))[0][4:] == ["id", "1.234"]


def test_text_is_a_line_a_field():
    lines = forms_to_text([PAGE]).splitlines()
    assert lines[:2] == ["=a.jpg", "id\t0071\t99.0%\tok"]
    assert lines[5] == "note\t\t90.0%\trejected"
    assert lines[-1] == ""


def test_text_tells_a_dash_what_is_empty_and_what_is_no_number_apart():
    dash = Field("number", "-", None, 0.5, "review", name="a")
    empty, scribble = (
        Field("number", "", None, 0.9, status, name=name)
        for status, name in (("empty", "b"), ("rejected", "c"))
    )
    lines = forms_to_text([Page(fields=(dash, empty, scribble))]).splitlines()
    assert lines[1:4] == ["a\t-\t50.0%\treview", "b\t\t90.0%\tempty", "c\t\t90.0%\trejected"]
