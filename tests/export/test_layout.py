import csv
import io
from datetime import date
from decimal import Decimal

import pytest

from inkdigits.containers import Field, Page, Table
from inkdigits.export import tables_to_csv, tables_to_text


def field(text, status="ok"):
    return Field("auto", text, None, 0.9, status)


TABLE = Table(((field("1,5"), field("", "empty")), (field("7", "review"), field("", "rejected"))))
PAGE = Page(tables=(TABLE, Table(((field("-3"), field("=")),))), source="=a.png")


def test_csv_looks_like_the_page():
    rows = list(csv.reader(io.StringIO(tables_to_csv([PAGE]))))
    assert rows == [["1,5", ""], ["7", ""], [], ["-3", "="]]


def test_csv_of_several_pages_names_them_and_holds_no_formula():
    rows = list(csv.reader(io.StringIO(tables_to_csv([PAGE, Page(source="b.png")], titles=True))))
    assert rows[0] == ["'=a.png"]
    assert rows[-3:] == [[], ["b.png"], []]


def test_text_tells_what_is_doubtful_empty_and_no_number():
    assert tables_to_text([PAGE]) == "=a.png\n1,5\t.\n7?\t#\n\n-3\t=\n\n"


def test_no_pages_and_no_tables():
    assert (tables_to_text([]), tables_to_csv([])) == ("", "")
    assert tables_to_text([Page(source="a.png")]) == "a.png\n\n"


def rows_of(page, **options):
    return list(csv.reader(io.StringIO(tables_to_csv([page], **options))))


def test_a_merged_cell_is_written_where_it_begins():
    header, covered = field_at("2024", (0, 0, 20, 10)), field_at("", (0, 0, 20, 10), "empty")
    below = (field_at("1", (0, 10, 10, 20)), field_at("2", (10, 10, 20, 20)))
    assert rows_of(Page(tables=(Table(((header, covered), below)),))) == [["2024", ""], ["1", "2"]]


def test_fields_outside_of_tables_stand_where_they_stand_on_the_page():
    table = Table(((field("5"), field("6")),), box=(0, 100, 200, 150))
    above = (field_at("1", (0, 10, 20, 30)), field_at("2", (60, 14, 90, 33)), field_at("3", (0, 50, 20, 70)))
    below = (field_at("", (0, 160, 20, 180), "rejected"), field_at("4", (0, 190, 20, 210), "review"))
    page = Page(fields=above + below, tables=(table,), source="a.png")
    assert rows_of(page) == [["1", "2"], ["3"], [], ["5", "6"], [], [""], ["4"]]
    assert tables_to_text([page]) == "a.png\n1\t2\n3\n\n5\t6\n\n#\n4?\n\n"


def test_a_field_with_a_name_has_a_row_of_its_own_after_its_name():
    total = Field("number", "12", 12, 0.9, "ok", box=(0, 0, 20, 20), name="=total")
    page = Page(fields=(total, field_at("3", (30, 0, 50, 20))), source="a.png")
    assert rows_of(page) == [["'=total", "12"], ["3"]]
    assert tables_to_text([page]) == "a.png\n'=total\t12\n3\n\n"


@pytest.mark.parametrize(
    ("text", "value", "meaning"),
    [
        ("007", 7, "7"),
        ("10,200", 10200, "10200"),
        ("12,5", Decimal("12.5"), "12.5"),
        ("0,0000001", Decimal("0.0000001"), "0.0000001"),
        ("3/4/22", date(2022, 4, 3), "2022-04-03"),
        ("-3", -3, "-3"),
        ("1.234", None, "1.234"),
        ("-1-2", None, "'-1-2"),
        ("", None, ""),
    ],
)
def test_cells_hold_the_text_as_written_or_what_it_means(text, value, meaning):
    page = Page(tables=(Table(((Field("auto", text, value, 0.9, "ok" if text else "empty"),),)),))
    written = rows_of(page)
    assert written == [[text if value is not None or text != "-1-2" else meaning]]
    assert rows_of(page, values=True) == [[meaning]]


def field_at(text, box, status="ok"):
    return Field("number", text, None, 0.9, status, box=box)
