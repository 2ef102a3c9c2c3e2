"""Tables with something over them that is no rule: what is read wrong must not be sure."""

import cv2
import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.containers import Page

TEXTS = [["1", "24", "", "365"], ["15", "", "58", "4"], ["", "902", "3", "46"], ["37", "15", "", "8"]]
LEFT, TOP, WIDE, HIGH = 100, 120, 130, 90


@pytest.fixture(scope="module")
def reader():
    return Reader(threads=1)


def draw():
    page = np.full((TOP + HIGH * len(TEXTS) + 140, 2 * LEFT + WIDE * len(TEXTS[0])), 235, np.uint8)
    for row, line in enumerate(TEXTS):
        for column, text in enumerate(line):
            left, top = LEFT + WIDE * column, TOP + HIGH * row
            cv2.rectangle(page, (left, top), (left + WIDE, top + HIGH), 70, 2)
            (wide, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.5, 3)
            place = (left + (WIDE - wide) // 2, top + (HIGH + tall) // 2)
            cv2.putText(page, text, place, cv2.FONT_HERSHEY_SIMPLEX, 1.5, 30, 3, cv2.LINE_AA)
    return page


def silently_wrong(page: Page) -> list[tuple[str, str]]:
    """Return what is sure, or said to be empty, and differs from what is written there: written, read."""
    wrong = []
    fields = [*page.fields, *(field for table in page.tables for row in table.cells for field in row)]
    for field in fields:
        left, top, right, bottom = field.box
        row, column = ((top + bottom) // 2 - TOP) // HIGH, ((left + right) // 2 - LEFT) // WIDE
        inside = 0 <= row < len(TEXTS) and 0 <= column < len(TEXTS[0])
        written = TEXTS[row][column] if inside else ""
        lone = right - left > 0.8 * WIDE and not any(
            other.box == field.box and other.text for other in fields
        )
        if field.status == "ok" and field.text != written:
            wrong.append((written, field.text))
        if field.status == "empty" and lone and written:
            wrong.append((written, ""))
    return wrong


def shape(page):
    return [(len(table.cells), len(table.cells[0])) for table in page.tables]


@pytest.mark.parametrize("level", [60, 150, 190])
@pytest.mark.parametrize(
    ("middle", "radius"),
    [
        ((LEFT - 100, TOP + 135), 168),  # its arc runs between the 1 and the 5 of the second row
        ((LEFT + 340, TOP + 315), 148),  # and of the last one
        ((LEFT + 470, TOP + 250), 230),  # and goes on beyond the table
        ((LEFT + 260, TOP + 180), 110),
        ((LEFT + 200, TOP + 400), 140),
    ],
)
def test_the_ring_of_a_cup_makes_nothing_wrong_and_sure(reader, middle, radius, level):
    page = draw()
    ring = cv2.circle(np.full_like(page, 255), middle, radius, level, 6, cv2.LINE_AA)
    read = reader.read_page(np.minimum(page, ring))
    assert shape(read) == [(4, 4)]
    assert silently_wrong(read) == []


LINES = {  # levels, from where to where, and the shape of the table that is found
    "a pen's line beyond the table": ((60, 100), (LEFT + 65, TOP - 110), (LEFT + 80, TOP + 330), (4, 4)),
    "a line from rule to rule": ((60, 100), (LEFT + 62, TOP + 90), (LEFT + 62, TOP + 180), (4, 5)),
    "a fold": ((200,), (LEFT + 192, 0), (LEFT + 192, 10_000), (4, 5)),
    "a lying fold": ((200,), (0, TOP + 140), (10_000, TOP + 143), (5, 4)),
}


@pytest.mark.parametrize("name", LINES)
def test_straight_lines_make_nothing_wrong_and_sure(reader, name):
    levels, start, end, found = LINES[name]
    for level in levels:
        page = draw()
        line = cv2.line(np.full_like(page, 255), start, end, level, 3, cv2.LINE_AA)
        read = reader.read_page(np.minimum(page, line))
        assert shape(read) == [found]
        assert silently_wrong(read) == []


def test_what_lies_over_some_cells_leaves_the_others_sure(reader):
    page = draw()
    cv2.circle(page, (LEFT + 470, TOP + 320), 120, 150, 6, cv2.LINE_AA)
    read = reader.read_page(page)
    assert [[field.text for field in row[:2]] for row in read.tables[0].cells] == [row[:2] for row in TEXTS]
    assert {field.status for row in read.tables[0].cells for field in row[:2]} == {"ok", "empty"}


def test_a_page_with_nothing_over_it_is_sure(reader):
    read = reader.read_page(draw())
    assert [[field.text for field in row] for row in read.tables[0].cells] == TEXTS
    assert {field.status for row in read.tables[0].cells for field in row} == {"ok", "empty"}


@pytest.mark.parametrize("frame", [2, 5])
def test_a_marks_sheet_of_two_columns_in_a_bold_frame_is_sure(reader, frame):
    page = draw()[:, : LEFT + 2 * WIDE + 1]
    page = cv2.copyMakeBorder(page, 0, 0, 0, LEFT, cv2.BORDER_CONSTANT, value=235)
    cv2.rectangle(page, (LEFT, TOP), (LEFT + 2 * WIDE, TOP + HIGH * len(TEXTS)), 70, frame)
    read = reader.read_page(page)
    assert [[field.text for field in row] for row in read.tables[0].cells] == [row[:2] for row in TEXTS]
    assert {field.status for row in read.tables[0].cells for field in row} == {"ok", "empty"}


@pytest.mark.parametrize(("columns", "thick"), [(2, ()), (3, (2,)), (4, (3,))])
def test_a_broad_frame_and_a_broad_rule_before_the_sums_leave_a_table_sure(reader, columns, thick):
    page = draw()
    right, bottom = LEFT + WIDE * columns, TOP + HIGH * len(TEXTS)
    page[:, right + 2 :] = 235
    cv2.rectangle(page, (LEFT, TOP), (right, bottom), 40, 5)
    for column in thick:
        cv2.line(page, (LEFT + WIDE * column, TOP), (LEFT + WIDE * column, bottom), 40, 5)
    read = reader.read_page(page)
    cells = [field for row in read.tables[0].cells for field in row]
    assert [field.text for field in cells] == [text for row in TEXTS for text in row[:columns]]
    assert {field.status for field in cells} == {"ok", "empty"}
