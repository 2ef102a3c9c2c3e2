from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from inkdigits import Reader
from inkdigits.containers import Page
from inkdigits.errors import ImageError, UsageError

TEXTS = [["1", "24", "", "365"], ["7", "", "58", "4"], ["", "902", "3", "46"]]
CELL = (130, 90)
LEFT, TOP = 100, 120


@pytest.fixture(scope="module")
def reader():
    return Reader(threads=1)


def draw(texts, *, merged=False):
    page = np.full((TOP + 90 * len(texts) + 100, 2 * LEFT + 130 * len(texts[0])), 235, np.uint8)
    for row, line in enumerate(texts):
        for column, text in enumerate(line):
            left, top = LEFT + 130 * column, TOP + 90 * row
            cv2.rectangle(page, (left, top), (left + 130, top + 90), 70, 2)
            (wide, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.5, 3)
            place = (left + (130 - wide) // 2, top + (90 + tall) // 2)
            cv2.putText(page, text, place, cv2.FONT_HERSHEY_SIMPLEX, 1.5, 30, 3, cv2.LINE_AA)
    if merged:
        page[TOP + 4 : TOP + 86, LEFT + 126 : LEFT + 134] = 235  # the first two cells
    return page


def texts_of(page):
    return [[[field.text for field in row] for row in table.cells] for table in page.tables]


@pytest.mark.parametrize("quarters", range(4))
def test_a_page_is_read_whichever_side_it_lies_on(reader, quarters):
    page = reader.read_page(np.rot90(draw(TEXTS), quarters))
    assert texts_of(page) == [TEXTS]
    assert page.fields == ()
    assert (f"turn {90 * (4 - quarters)}" in page.steps) == (quarters > 0)


@pytest.mark.parametrize("options", [{"kind": "number"}, {"kind": "number", "maximum": 30}])
def test_how_a_page_lies_does_not_depend_on_what_is_asked_of_its_cells(reader, options):
    # Upside down the dates and percentages are numbers, 16 and 9 are 91 and 6, and all of them would be sure.
    texts = [["16/1", "25%", "7/8"], ["16", "9", "20"], ["19", "6", "12"]]
    for quarters in (0, 2):
        page = reader.read_page(np.rot90(draw(texts), quarters), **options)
        assert texts_of(page)[0][1:] == texts[1:]


def test_boxes_are_those_of_cells_in_the_image(reader):
    gray = draw(TEXTS)
    page = reader.read_page(gray)
    assert page.size == (gray.shape[1], gray.shape[0])
    cell = page.tables[0].cells[1][2]
    expected = (LEFT + 260, TOP + 90, LEFT + 390, TOP + 180)
    assert np.abs(np.array(cell.box) - expected).max() <= 3
    for symbol in cell.symbols:
        assert cell.box[0] <= symbol.box[0] < symbol.box[2] <= cell.box[2]
    turned = reader.read_page(np.rot90(gray, 1)).tables[0].cells[1][2]
    left, top, right, bottom = cell.box
    assert (
        np.abs(np.array(turned.box) - (top, gray.shape[1] - right, bottom, gray.shape[1] - left)).max() <= 3
    )


def test_blank_cells_are_empty_and_a_page_goes_through_json(reader):
    page = reader.read_page(draw(TEXTS))
    assert page.tables[0].cells[0][2].status == "empty"
    assert Page.from_dict(page.to_dict()) == page


def test_a_merged_cell_is_read_once(reader):
    texts = [["", "", "5"], ["3", "4", "6"]]
    gray = draw(texts, merged=True)
    cv2.putText(gray, "27", (LEFT + 100, TOP + 60), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 30, 3, cv2.LINE_AA)
    first, covered, _ = reader.read_page(gray).tables[0].cells[0]
    assert (first.text, covered.text, covered.status) == ("27", "", "empty")
    assert first.box == covered.box
    assert first.box[2] - first.box[0] > 250


def test_words_are_rejected(reader):
    gray = draw([["", "5", "6"], ["", "4", "6"]])
    cv2.putText(gray, "Maths", (LEFT + 12, TOP + 60), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 30, 3, cv2.LINE_AA)
    field = reader.read_page(gray).tables[0].cells[0][0]
    assert field.status in ("rejected", "review")


def test_a_trace_of_what_was_rubbed_out_is_not_read(reader):
    gray = draw([["8", "", "3"], ["1", "2", "4"]])
    cv2.putText(gray, "9", (LEFT + 180, TOP + 60), cv2.FONT_HERSHEY_SIMPLEX, 1.5, 222, 3, cv2.LINE_AA)
    assert reader.read_page(gray).tables[0].cells[0][1].status == "empty"


def test_kinds_and_options_hold_for_each_cell(reader):
    gray = draw([["7", "3"], ["1", "4"]])
    page = reader.read_page(gray, kind="digit", choices=["7", "3", "4"])
    assert texts_of(page)[0][1][1] == "4"
    assert "1" not in texts_of(page)[0][1]
    assert {field.kind for row in page.tables[0].cells for field in row} == {"digit"}
    with pytest.raises(UsageError, match="kind is 'roman'"):
        reader.read_page(gray, kind="roman")


def test_tables_come_in_reading_order(reader):
    left, right, under = draw([["1", "2"]]), draw([["3", "4"]]), draw([["5", "6"], ["7", "8"]])
    page = np.full((under.shape[0] + left.shape[0], left.shape[1] * 2), 235, np.uint8)
    page[: left.shape[0], : left.shape[1]] = left
    page[20 : left.shape[0], left.shape[1] :] = right[:-20]
    page[left.shape[0] :, : under.shape[1]] = under
    assert texts_of(reader.read_page(page)) == [[["1", "2"]], [["3", "4"]], [["5", "6"], ["7", "8"]]]


def test_a_file_is_named_and_its_orientation_honored(reader, tmp_path):
    path = tmp_path / "page.jpg"
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it clockwise to see it upright
    Image.fromarray(np.ascontiguousarray(np.rot90(draw(TEXTS), 1))).save(path, exif=exif)
    page = reader.read_page(path)
    assert page.source == str(path)
    assert texts_of(page) == [TEXTS]
    assert not any(step.startswith("turn") for step in page.steps)


@pytest.mark.parametrize("shape", [(1, 1), (600, 500), (200, 20_000)])
@pytest.mark.parametrize("level", [0, 255])
def test_a_page_without_a_table_has_none(reader, shape, level):
    page = reader.read_page(np.full(shape, level, np.uint8))
    assert page == replace(Page(), size=(shape[1], shape[0]), steps=page.steps)


def test_what_is_no_image_is_an_error(reader):
    with pytest.raises(ImageError, match="not an image"):
        reader.read_page(b"nothing")
