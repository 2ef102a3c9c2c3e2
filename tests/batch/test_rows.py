from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from inkdigits.batch.rows import CSV_SCHEMA, SCHEMA, error_row, field_row, page_rows, to_csv_rows
from inkdigits.containers import Alternative, Field, Page, Table

FIELD = Field(
    "number",
    "1.50",
    Decimal("1.50"),
    0.9,
    "review",
    alternatives=(Alternative("1.60", Decimal("1.60"), 0.05),),
    box=(1, 2, 3, 4),
    name="sum",
)


def test_a_field_is_a_row_of_the_schema() -> None:
    row = field_row("a.png", FIELD, page=3, model="line", version="1")
    assert pa.Table.from_pylist([row], SCHEMA).to_pylist() == [row]
    assert row["box"] == {"left": 1, "top": 2, "right": 3, "bottom": 4}
    assert (row["field"], row["page"], row["value"]) == ("sum", 3, "1.50")
    assert row["alternatives"] == [{"text": "1.60", "confidence": 0.05}]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (None, None),
        (7, "7"),
        (Decimal("10200"), "10200"),
        (Decimal("-0.5"), "-0.5"),
        (date(2022, 4, 3), "2022-04-03"),
    ],
)
def test_values_are_plain(value: object, plain: str | None) -> None:
    field = Field("number", "x", value, 0.9, "ok")  # type: ignore[arg-type]
    assert field_row("a.png", field)["value"] == plain


def test_a_page_gives_its_fields_then_its_cells() -> None:
    empty = Field("auto", "", None, 1.0, "empty")
    page = Page(fields=(FIELD,), tables=(Table(((empty, FIELD), (FIELD, empty))),), number=2, model="line")
    rows = list(page_rows("a.pdf", page))
    assert [(row["table"], row["row"], row["column"]) for row in rows] == [
        (None, None, None),
        (0, 0, 0),
        (0, 0, 1),
        (0, 1, 0),
        (0, 1, 1),
    ]
    assert {row["page"] for row in rows} == {2}


def test_a_blank_page_is_one_empty_row() -> None:
    (row,) = page_rows("a.pdf", Page(number=4))
    assert (row["page"], row["status"], row["text"]) == (4, "empty", "")
    assert pa.Table.from_pylist([row], SCHEMA).to_pylist() == [row]


def test_an_error_is_one_line() -> None:
    row = error_row("a.png", "it is\nbroken", 2)
    assert (row["status"], row["error"], row["page"], row["text"]) == ("error", "it is broken", 2, None)


def test_csv_holds_lists_as_json() -> None:
    (row,) = to_csv_rows([field_row("a.png", FIELD)])
    assert row["box"] == '{"left": 1, "top": 2, "right": 3, "bottom": 4}'
    assert pa.Table.from_pylist([row], CSV_SCHEMA).num_rows == 1
