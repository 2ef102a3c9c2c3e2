import csv
import io

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
