"""Pages as hOCR 1.2 (https://kba.github.io/hocr-spec/1.2/): readings inside of XHTML, which a browser shows.

A field on the page is an ocr_carea, a table an ocr_table of ocrx_block cells; in each an ocr_line with one ocrx_word,
or none where nothing was read. Besides the properties of the specification, areas and cells have x_status, x_kind and
x_name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from inkdigits._version import __version__
from inkdigits.containers import Box, Field, Page, Table
from inkdigits.export.markup import decimal, holdable, to_document
from inkdigits.export.order import merged_cells, parts_in_order

__all__ = ["pages_to_hocr"]

_CAPABILITIES = "ocr_page ocr_carea ocr_table ocr_line ocrx_block ocrx_word ocrx_cinfo"


def pages_to_hocr(pages: Sequence[Page]) -> str:
    """Return pages as one hOCR document, "" for no pages (a document needs an ocr_page).

    ocrx_word: bbox is the box, x_wconf the confidence in percent, rounded down, as many readers take whole numbers
    only. ocrx_cinfo: a symbol with x_bboxes and x_conf, its confidence in percent, where the symbols make up the
    text. Merged cells have rowspan and colspan. Alternatives are left out: who takes the text of a word as all that
    stands in its element would read them in one. Characters that XML cannot hold become U+FFFD, a quotation mark in
    a name becomes %22.
    """
    if not pages:
        return ""
    root = Element("html", {"xmlns": "http://www.w3.org/1999/xhtml"})
    head = SubElement(root, "head")
    sources = dict.fromkeys(page.source or "-" for page in pages)
    SubElement(head, "title").text = holdable(", ".join(sources))
    SubElement(head, "meta", {"charset": "utf-8"})
    facts = {
        "ocr-system": f"inkdigits {__version__}",
        "ocr-capabilities": _CAPABILITIES,
        "ocr-number-of-pages": str(len(pages)),
    }
    for name, content in facts.items():
        SubElement(head, "meta", {"name": name, "content": content})
    body = SubElement(root, "body")
    in_order = len(sources) == 1 and len({page.number for page in pages}) == len(pages)
    for index, page in enumerate(pages, start=1):
        _add_page(body, page, f"page_{index}", has_number=in_order)
    ElementTree.indent(root)
    for word in root.iterfind(".//span[@class='ocrx_word']"):
        _close_up(word)
    return to_document(root)


def _add_page(body: Element, page: Page, identifier: str, *, has_number: bool) -> None:
    properties = []
    if page.source is not None:
        properties.append(f"image {_quoted(page.source)}")
    if page.size is not None:
        properties.append(_bbox((0, 0, *page.size)))
    if has_number:
        properties.append(f"ppageno {page.number - 1}")  # the first is page 0
    area = _add(body, "div", "ocr_page", properties, identifier)
    fields = tables = 0
    for part in parts_in_order(page):
        if isinstance(part, Table):
            tables += 1
            _add_table(area, part, f"{identifier}_table_{tables}")
        else:
            fields += 1
            block = f"{identifier}_field_{fields}"
            _add_words(_add(area, "div", "ocr_carea", _properties(part), block), part)


def _add_table(area: Element, table: Table, identifier: str) -> None:
    properties = [] if table.box is None else [_bbox(table.box)]
    body = SubElement(_add(area, "table", "ocr_table", properties, identifier), "tbody")
    for cells in merged_cells(table):
        line = SubElement(body, "tr")
        for row, column, rows, columns, field in cells:
            place = f"{identifier}_row_{row + 1}_column_{column + 1}"
            cell = _add(line, "td", "ocrx_block", _properties(field), place)
            for name, count in (("rowspan", rows), ("colspan", columns)):
                if count > 1:
                    cell.set(name, str(count))
            _add_words(cell, field)


def _properties(field: Field) -> list[str]:
    properties = [] if field.box is None else [_bbox(field.box)]
    properties += [f"x_status {field.status}", f"x_kind {field.kind}"]
    return properties + ([] if field.name is None else [f"x_name {_quoted(field.name)}"])


def _add_words(area: Element, field: Field) -> None:
    if not field.text:
        return
    place = [] if field.box is None else [_bbox(field.box)]
    line = _add(area, "span", "ocr_line", place)
    word = _add(line, "span", "ocrx_word", [*place, f"x_wconf {math.floor(100 * field.confidence + 1e-9)}"])
    if "".join(symbol.text for symbol in field.symbols) != field.text:
        word.text = holdable(field.text)
        return
    for symbol in field.symbols:
        properties = [] if symbol.box is None else [f"x_bboxes {_edges(symbol.box)}"]
        confidence = decimal(round(100 * symbol.confidence, 4))
        information = _add(word, "span", "ocrx_cinfo", [*properties, f"x_conf {confidence}"])
        information.text = holdable(symbol.text)


def _add(parent: Element, tag: str, name: str, properties: list[str], identifier: str = "") -> Element:
    element = SubElement(parent, tag, {"class": name})
    if identifier:
        element.set("id", identifier)
    if properties:
        element.set("title", "; ".join(properties))
    return element


def _close_up(word: Element) -> None:
    """Take the spaces of the layout out of a word, which are no part of its text."""
    if len(word):
        word.text = None
    for child in word:
        child.tail = None


def _bbox(box: Box) -> str:
    return f"bbox {_edges(box)}"


def _edges(box: Box) -> str:
    return " ".join(str(edge) for edge in box)


def _quoted(name: str) -> str:
    """Return a name as the value of a property, which no quotation mark or line break in it may end."""
    return '"' + holdable(name).replace('"', "%22").replace("\n", "\ufffd").replace("\t", "\ufffd") + '"'
