import csv
import io
import json
from dataclasses import replace

import pytest

from inkdigits.containers import Field, Page, Table
from inkdigits.export import pages_to_csv, pages_to_json, pages_to_json_parts, pages_to_text

PAGE = Page(
    fields=(Field("digit", "7", 7, 0.98765, "ok", box=(1, 2, 3, 4)),),
    tables=(Table(((Field("digit", "", None, 1.0, "empty"), Field("digit", "0", 0, 0.5, "review")),)),),
    source="=cmd.png",
    model="digit",
)


def test_json_reads_back():
    document = json.loads(pages_to_json([PAGE]))
    assert document["schema_version"] == 1
    assert [Page.from_dict(page) for page in document["pages"]] == [PAGE]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_comes_in_parts_that_are_one_document(count):
    pages = [replace(PAGE, source="a\u2028b", number=number) for number in range(1, count + 1)]
    parts = pages_to_json_parts(iter(pages))
    assert next(parts).startswith("{")
    document = json.loads(pages_to_json(pages))
    assert [Page.from_dict(page) for page in document["pages"]] == pages
    assert pages_to_json(pages) == json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def test_csv_has_a_row_a_field_and_no_formula():
    rows = list(csv.DictReader(io.StringIO(pages_to_csv([PAGE]))))
    assert len(rows) == 3
    assert rows[0]["source"] == "'=cmd.png"
    assert (rows[0]["text"], rows[0]["value"], rows[0]["confidence"], rows[0]["bottom"]) == (
        "7",
        "7",
        "0.9877",
        "4",
    )
    assert (rows[2]["row"], rows[2]["column"], rows[2]["value"], rows[2]["status"]) == (
        "1",
        "2",
        "0",
        "review",
    )


def test_text_is_a_line_a_field():
    lines = pages_to_text([PAGE]).splitlines()
    assert lines[0] == "=cmd.png\t7\t98.7%\tok"
    assert len(lines) == 3


def test_text_tells_a_dash_from_nothing():
    dash = Page(fields=(Field("number", "-", None, 0.5, "review"), Field("number", "", None, 1.0, "empty")))
    assert pages_to_text([dash]) == "-\t-\t50.0%\treview\n-\t\t100.0%\tempty\n"


def test_no_pages_are_no_rows():
    assert pages_to_text([]) == ""
    assert json.loads(pages_to_json([]))["pages"] == []
    assert len(pages_to_csv([]).splitlines()) == 1


def test_csv_can_go_on_under_an_earlier_header():
    assert pages_to_csv([PAGE]) == pages_to_csv([]) + pages_to_csv([PAGE], header=False)
