"""Pages as ALTO 4 (https://www.loc.gov/standards/alto/), the format of libraries' digitization.

A field is a TextBlock with one TextLine of one String, in the pixels of the image; a table is a ComposedBlock of
ComposedBlocks, one a row. What is empty or rejected is a TextBlock without a line: where it stands is kept, and
nothing is claimed to be written there. Status, kind and name are Tags that a block refers to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from inkdigits._version import __version__
from inkdigits.containers import Box, Field, Page, Table
from inkdigits.export.markup import decimal, holdable, to_document
from inkdigits.export.order import degrees_turned, merged_cells, parts_in_order

__all__ = ["ALTO_NAMESPACE", "ALTO_VERSION", "pages_to_alto"]

ALTO_NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
ALTO_VERSION = "4.4"

_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_LOCATION = "http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
_Key = tuple[str, str]
_History = tuple[str | None, str | None, tuple[str, ...]]


def pages_to_alto(pages: Sequence[Page]) -> str:
    """Return pages as one ALTO 4.4 document, "" for no pages (a Layout needs one at least).

    String: CONTENT is the text, WC the confidence, HPOS, VPOS, WIDTH and HEIGHT the box; ALTERNATIVE the other
    readings, best first, with their confidence in PURPOSE, and what the text means where that is not the text
    itself. Glyph: a symbol and its confidence GC, where each symbol is one character and has a box.
    Of a merged cell, the block is where it begins. Characters that XML cannot hold become U+FFFD.
    """
    if not pages:
        return ""
    # Plain names with an xmlns attribute, and no registered prefix: ElementTree's registry belongs to all of Python.
    root = Element("alto", {"xmlns": ALTO_NAMESPACE, "xmlns:xsi": _INSTANCE})
    root.set("xsi:schemaLocation", f"{ALTO_NAMESPACE} {_LOCATION}")
    root.set("SCHEMAVERSION", ALTO_VERSION)
    processings: dict[_History, str] = {}
    description = _description(pages, processings)
    tags: dict[_Key, str] = {}
    layout = Element("Layout")
    for index, page in enumerate(pages, start=1):
        _add_page(layout, page, f"page_{index}", processings[_history(page)], tags)
    root.append(description)
    if tags:
        root.append(_tags(tags))
    root.append(layout)
    ElementTree.indent(root)
    return to_document(root)


def _description(pages: Sequence[Page], processings: dict[_History, str]) -> Element:
    """Return what was read by what; ``processings`` is filled with the ID for each way in which a page was read."""
    description = Element("Description")
    SubElement(description, "MeasurementUnit").text = "pixel"
    sources = {page.source for page in pages}
    if sources != {None}:
        information = SubElement(description, "sourceImageInformation")
        if len(sources) == 1:
            SubElement(information, "fileName").text = holdable(pages[0].source or "")
        else:  # there is one fileName a document; each page's file is named with the page's ID
            for index, page in enumerate(pages, start=1):
                if page.source is not None:
                    place = {"fileIdentifierLocation": f"page_{index}"}
                    SubElement(information, "fileIdentifier", place).text = holdable(page.source)
    for history in map(_history, pages):
        if history not in processings:
            processings[history] = f"processing_{len(processings) + 1}"
            _add_processing(description, history, processings[history])
    return description


def _history(page: Page) -> _History:
    """Return how a page was read, by which pages that were read alike are known."""
    return page.model, page.version, page.steps


def _add_processing(description: Element, history: _History, identifier: str) -> None:
    model, version, steps = history
    processing = SubElement(description, "Processing", {"ID": identifier})
    SubElement(processing, "processingCategory").text = "contentGeneration"
    for step in steps:
        SubElement(processing, "processingStepDescription").text = holdable(step)
    if model is not None:
        SubElement(processing, "processingStepSettings").text = holdable(
            f"model {model} {version or ''}".rstrip()
        )
    software = SubElement(processing, "processingSoftware")
    SubElement(software, "softwareName").text = "inkdigits"
    SubElement(software, "softwareVersion").text = __version__


def _tags(tags: dict[_Key, str]) -> Element:
    element = Element("Tags")
    for (sort, label), identifier in tags.items():
        SubElement(element, "OtherTag", {"ID": identifier, "TYPE": sort, "LABEL": holdable(label)})
    return element


def _add_page(layout: Element, page: Page, identifier: str, processing: str, tags: dict[_Key, str]) -> None:
    size = {} if page.size is None else {"HEIGHT": str(page.size[1]), "WIDTH": str(page.size[0])}
    facts = {"ID": identifier, "PROCESSINGREFS": processing, "PHYSICAL_IMG_NR": str(page.number)}
    if degrees := degrees_turned(page):
        facts["ROTATION"] = str(360 - degrees)  # of the writing, counterclockwise as it stands in the image
    place = _place(None if page.size is None else (0, 0, *page.size))
    space = SubElement(SubElement(layout, "Page", facts | size), "PrintSpace", place)
    fields = tables = 0
    for part in parts_in_order(page):
        if isinstance(part, Table):
            tables += 1
            _add_table(space, part, f"{identifier}_table_{tables}", tags)
        else:
            fields += 1
            _add_field(space, part, f"{identifier}_field_{fields}", tags)


def _add_table(space: Element, table: Table, identifier: str, tags: dict[_Key, str]) -> None:
    block = SubElement(space, "ComposedBlock", {"ID": identifier, "TYPE": "table"} | _place(table.box))
    for number, cells in enumerate(merged_cells(table), start=1):
        line = SubElement(block, "ComposedBlock", {"ID": f"{identifier}_row_{number}", "TYPE": "row"})
        for row, column, _, _, field in cells:
            _add_field(line, field, f"{identifier}_row_{row + 1}_column_{column + 1}", tags)


def _add_field(space: Element, field: Field, identifier: str, tags: dict[_Key, str]) -> None:
    told: list[_Key] = [("status", field.status), ("kind", field.kind)]
    told += [] if field.name is None else [("name", field.name)]
    references = [tags.setdefault(key, f"tag_{len(tags) + 1}") for key in told]
    facts = {"ID": identifier, "TAGREFS": " ".join(references)}
    block = SubElement(space, "TextBlock", facts | _place(field.box))
    if field.text:
        line = SubElement(block, "TextLine", _place(field.box))
        content = {"CONTENT": holdable(field.text), "WC": decimal(field.confidence)}
        string = SubElement(line, "String", _place(field.box) | content)
        for text, purpose in _alternatives(field):
            SubElement(string, "ALTERNATIVE", {"PURPOSE": purpose}).text = holdable(text)
        _add_glyphs(string, field)


def _alternatives(field: Field) -> Iterator[tuple[str, str]]:
    """Yield what else a text may be, and in which way: what it means, or another reading."""
    if field.value is not None and str(field.value) != field.text:
        yield str(field.value), "value"
    for other in field.alternatives:
        confidence = decimal(other.confidence)
        if other.text != field.text:
            yield other.text, f"reading, confidence {confidence}"
        elif other.value is not None:  # the same text, with another meaning
            yield str(other.value), f"value, confidence {confidence}"


def _add_glyphs(string: Element, field: Field) -> None:
    """Add a Glyph a symbol, all or none: the n-th Glyph is the n-th character of the String, and has its own box."""
    if any(len(symbol.text) != 1 or symbol.box is None for symbol in field.symbols):
        return
    if "".join(symbol.text for symbol in field.symbols) == field.text:
        for symbol in field.symbols:
            glyph = {"CONTENT": holdable(symbol.text), "GC": decimal(symbol.confidence)}
            SubElement(string, "Glyph", glyph | _place(symbol.box))


def _place(box: Box | None) -> dict[str, str]:
    if box is None:
        return {}
    left, top, right, bottom = box
    place = {"HPOS": left, "VPOS": top, "WIDTH": right - left, "HEIGHT": bottom - top}
    return {name: str(pixels) for name, pixels in place.items()}
