"""hOCR: well-formed, says what it is able to say, and what is read back from it is the page."""

import math
import re
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_readings import FAST, PAGES

from inkdigits.containers import Field, Page, Symbol, Table
from inkdigits.export import pages_to_hocr

XHTML = "{http://www.w3.org/1999/xhtml}"
HEADER = Field("number", "12", 12, 0.5, "ok", box=(0, 0, 20, 10))
COVERED = Field("number", "", None, 1.0, "empty", box=(0, 0, 20, 10))
TALL = Field("number", "7", 7, 0.9999, "review", box=(20, 0, 30, 20))
UNDER = Field("number", "", None, 1.0, "empty", box=(20, 0, 30, 20))
BLANK = Field("number", "", None, 0.9, "empty", box=(0, 10, 10, 20))
SCRIBBLE = Field("number", "", None, 0.8, "rejected", box=(10, 10, 20, 20))
TABLE = Table(((HEADER, COVERED, TALL), (BLANK, SCRIBBLE, UNDER)), box=(0, 0, 30, 20))


def parse(pages):
    return ElementTree.fromstring(pages_to_hocr(pages))


def of_class(root, name):
    return [element for element in root.iter() if element.get("class") == name]


def properties_of(element):
    """The properties in an element's title: name to the text of the values."""
    parts = re.findall(r'((?:[^;"]|"[^"]*")+)', element.get("title", ""))
    return dict(part.strip().split(" ", 1) for part in parts)


def box_of(element, name="bbox"):
    edges = properties_of(element).get(name)
    return None if edges is None else tuple(map(int, edges.split()))


def text_of(element):
    return "".join(element.itertext())


@FAST
@given(pages=st.lists(PAGES, min_size=1, max_size=2))
def test_whatever_is_read_reads_back(pages):
    root = parse(pages)
    able = {
        meta.get("name"): meta.get("content")
        for meta in root.iter(f"{XHTML}meta")
        if meta.get("name") is not None
    }
    assert able["ocr-system"].startswith("inkdigits ")
    assert {element.get("class") for element in root.iter()} - {None} <= set(able["ocr-capabilities"].split())
    identifiers = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(set(identifiers)) == len(identifiers)
    for index, (page, area) in enumerate(zip(pages, of_class(root, "ocr_page"), strict=True), start=1):
        assert box_of(area) == (None if page.size is None else (0, 0, *page.size))
        areas = {area.get("id"): area for area in area.iter() if area.get("id")}
        for number, field in enumerate(page.fields, start=1):
            check(areas[f"page_{index}_field_{number}"], field)
        for number, table in enumerate(page.tables, start=1):
            for row, cells in enumerate(table.cells, start=1):
                for column, field in enumerate(cells, start=1):
                    check(areas[f"page_{index}_table_{number}_row_{row}_column_{column}"], field)


def check(area, field):
    told = properties_of(area)
    assert (told["x_status"], told["x_kind"]) == (field.status, field.kind)
    assert ("x_name" in told, box_of(area)) == (field.name is not None, field.box)
    words = of_class(area, "ocrx_word")
    assert len(words) == len(of_class(area, "ocr_line")) == (1 if field.text else 0)
    for word in words:
        assert (text_of(word), box_of(word)) == (field.text, field.box)
        assert abs(int(properties_of(word)["x_wconf"]) - (100 * field.confidence - 0.5)) <= 0.5 + 1e-6
        symbols = of_class(word, "ocrx_cinfo")
        assert [text_of(symbol) for symbol in symbols] == [symbol.text for symbol in field.symbols]
        assert [box_of(symbol, "x_bboxes") for symbol in symbols] == [symbol.box for symbol in field.symbols]
        for symbol, known in zip(symbols, field.symbols, strict=True):
            assert math.isclose(float(properties_of(symbol)["x_conf"]), 100 * known.confidence, abs_tol=1e-4)


def test_real_readings_read_back(read_pages):
    root = parse(read_pages)
    words = [text_of(word) for word in of_class(root, "ocrx_word")]
    cells = [field for page in read_pages for table in page.tables for row in table.cells for field in row]
    fields = [field for page in read_pages for field in page.fields]
    assert words == [field.text for field in [*cells, *fields] if field.text]
    for area, page in zip(of_class(root, "ocr_page"), read_pages, strict=True):
        for word in of_class(area, "ocrx_word"):
            left, top, right, bottom = box_of(word)
            assert 0 <= left < right <= page.size[0]
            assert 0 <= top < bottom <= page.size[1]


def test_merged_cells_span_and_only_what_was_read_is_a_word():
    root = parse([Page(tables=(TABLE,))])
    cells = [
        (cell.get("rowspan"), cell.get("colspan"), text_of(cell).strip(), properties_of(cell)["x_status"])
        for cell in root.iter(f"{XHTML}td")
    ]
    assert cells == [
        (None, "2", "12", "ok"),
        ("2", None, "7", "review"),
        (None, None, "", "empty"),
        (None, None, "", "rejected"),
    ]
    assert [box_of(table) for table in of_class(root, "ocr_table")] == [(0, 0, 30, 20)]


def test_nothing_short_of_certain_is_certain():
    (word,) = of_class(parse([Page(fields=(TALL,))]), "ocrx_word")
    assert properties_of(word)["x_wconf"] == "99"


def test_symbols_that_are_not_the_text_are_left_out():
    odd = Field("number", "12", 12, 0.9, "ok", symbols=(Symbol("1", 0.9),))
    root = parse([Page(fields=(odd,))])
    assert [text_of(word) for word in of_class(root, "ocrx_word")] == ["12"]
    assert of_class(root, "ocrx_cinfo") == []


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ('a".png', '"a%22.png"'),
        ("a;b.png", '"a;b.png"'),
        ("<b>&amp;.png", '"<b>&amp;.png"'),
        ("a\x00\n\r.png", '"a\ufffd\ufffd\ufffd.png"'),
        ("caf\u00e9 \ud800.png", '"caf\u00e9 \ufffd.png"'),
    ],
)
def test_no_name_breaks_the_document(name, written):
    (page,) = of_class(parse([Page(source=name, size=(3, 4))]), "ocr_page")
    assert properties_of(page) == {"image": written, "bbox": "0 0 3 4", "ppageno": "0"}


def test_pages_are_counted_where_that_is_clear():
    def numbers(*pages):
        return [properties_of(page).get("ppageno") for page in of_class(parse(pages), "ocr_page")]

    assert numbers(Page(source="a.pdf"), Page(source="a.pdf", number=3)) == ["0", "2"]
    assert numbers(Page(source="a.png"), Page(source="b.png", number=3)) == [None, None]
    assert numbers(Page(source="a.png"), Page(source="a.png")) == [None, None]


def test_a_browser_that_takes_it_for_html_sees_the_same_elements():
    class Nesting(HTMLParser):
        def __init__(self):
            super().__init__()
            self.open, self.seen = [], []

        def handle_starttag(self, tag, _):
            self.seen.append(tag)
            self.open.append(tag)

        def handle_startendtag(self, tag, _):
            assert tag == "meta"
            self.seen.append(tag)

        def handle_endtag(self, tag):
            assert self.open.pop() == tag

    pages = [Page(tables=(TABLE,), fields=(HEADER, BLANK), source="></meta>")]
    parser = Nesting()
    parser.feed(pages_to_hocr(pages))
    assert parser.seen == [element.tag.removeprefix(XHTML) for element in parse(pages).iter()]


def test_no_pages_are_no_document():
    assert pages_to_hocr([]) == ""
