"""ALTO: valid, and what is read back from it is the page."""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from made_readings import FAST, PAGES

from inkdigits.containers import Alternative, Field, Page, Symbol, Table
from inkdigits.export import pages_to_alto
from inkdigits.export.alto import ALTO_NAMESPACE

PROFILE = Path(__file__).with_name("alto_profile.xsd")
# alto-4-4.xsd of the Library of Congress, where the variable says that it is here.
PUBLISHED = [Path(path) for path in [os.environ.get("ALTO_XSD")] if path]
NAMES = {"a": ALTO_NAMESPACE}

HEADER = Field("number", "12", 12, 0.5, "ok", box=(0, 0, 20, 10))
COVERED = Field("number", "", None, 1.0, "empty", box=(0, 0, 20, 10))
BLANK = Field("number", "", None, 0.9, "empty", box=(0, 10, 10, 20))
SCRIBBLE = Field("number", "", None, 0.8, "rejected", box=(10, 10, 20, 20))
TABLE = Table(((HEADER, COVERED), (BLANK, SCRIBBLE)), box=(0, 0, 20, 20))


class Offline(etree.Resolver):
    """Gives the published schema what it imports: a group of attributes for links, of which we write none."""

    def resolve(self, url, _, context):
        if not url.endswith("xlink.xsd"):
            return None
        schema = (
            '<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.w3.org/1999/xlink">'
            '<attributeGroup name="simpleLink"/></schema>'
        )
        return self.resolve_string(schema, context)


def schema_at(path):
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Offline())
    return etree.XMLSchema(etree.parse(path, parser))


@pytest.fixture(scope="session", params=[PROFILE, *PUBLISHED], ids=lambda path: path.stem)
def schema(request):
    return schema_at(request.param)


def parse(pages):
    return etree.fromstring(pages_to_alto(pages).encode())


def check(pages, schema):
    """Check that the pages are valid, and that each field stands with all that was read where its block says."""
    root = parse(pages)
    schema.assertValid(root)
    tags = {
        tag.get("ID"): (tag.get("TYPE"), tag.get("LABEL")) for tag in root.iterfind(".//a:OtherTag", NAMES)
    }
    blocks = {block.get("ID"): block for block in root.iterfind(".//a:TextBlock", NAMES)}
    fields = fields_of(pages)
    assert blocks.keys() == fields.keys()
    for identifier, field in fields.items():
        check_block(blocks[identifier], field, tags)


def fields_of(pages):
    """The fields of pages without merged cells by the ID of their block."""
    fields = {}
    for index, page in enumerate(pages, start=1):
        for number, field in enumerate(page.fields, start=1):
            fields[f"page_{index}_field_{number}"] = field
        for number, table in enumerate(page.tables, start=1):
            for row, cells in enumerate(table.cells, start=1):
                for column, field in enumerate(cells, start=1):
                    fields[f"page_{index}_table_{number}_row_{row}_column_{column}"] = field
    return fields


def check_block(block, field, tags):
    told = dict(tags[identifier] for identifier in block.get("TAGREFS").split())
    assert (told["status"], told["kind"]) == (field.status, field.kind)
    assert told.get("name") == seen(field.name)
    assert box_of(block) == field.box
    strings = block.findall(".//a:String", NAMES)
    assert len(strings) == (1 if field.text else 0)
    for string in strings:
        assert string.get("CONTENT") == field.text
        assert float(string.get("WC")) == field.confidence
        assert box_of(string) == box_of(string.getparent()) == field.box
        check_alternatives(string, field)
        check_glyphs(string, field)


def check_alternatives(string, field):
    written = [(one.get("PURPOSE"), one.text or "") for one in string.findall("a:ALTERNATIVE", NAMES)]
    readings = [
        (text, float(purpose.rpartition(" ")[2]))
        for purpose, text in written
        if purpose.startswith("reading")
    ]
    others = [other for other in field.alternatives if other.text != field.text]
    assert readings == [(other.text, other.confidence) for other in others]
    own = [text for purpose, text in written if purpose == "value"]
    assert own == ([] if field.value is None or str(field.value) == field.text else [str(field.value)])


def check_glyphs(string, field):
    glyphs = [
        (one.get("CONTENT"), float(one.get("GC")), box_of(one)) for one in string.findall("a:Glyph", NAMES)
    ]
    if glyphs or (field.symbols and all(symbol.box for symbol in field.symbols)):
        assert glyphs == [(symbol.text, symbol.confidence, symbol.box) for symbol in field.symbols]


def box_of(element):
    if element.get("HPOS") is None:
        return None
    left, top, width, height = (int(element.get(name)) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT"))
    return left, top, left + width, top + height


def seen(name):
    """A name with the replacement character for what XML cannot hold."""
    if name is None:
        return None
    return "".join(
        one
        if one in "\t\n" or (one >= " " and not "\ud800" <= one <= "\udfff" and one not in "\ufffe\uffff")
        else "\ufffd"
        for one in name
    )


@FAST
@given(pages=st.lists(PAGES, min_size=1, max_size=2))
def test_whatever_is_read_is_valid_and_reads_back(pages, schema):
    check(pages, schema)


def test_real_readings_are_valid_and_read_back(read_pages, schema):
    root = parse(read_pages)
    schema.assertValid(root)
    contents = [string.get("CONTENT") for string in root.iterfind(".//a:String", NAMES)]
    fields = [field for page in read_pages for field in page.fields]
    cells = [field for page in read_pages for table in page.tables for row in table.cells for field in row]
    assert contents == [field.text for field in [*cells, *fields] if field.text]
    assert {"1", "24", "7", "58"} <= set(contents)
    assert root.find(".//a:Glyph", NAMES) is not None
    assert len(root.findall(".//a:Page", NAMES)) == len(read_pages)


def test_merged_cells_stand_once_and_blank_ones_have_no_line(schema):
    root = parse([Page(tables=(TABLE,))])
    schema.assertValid(root)
    lines = {
        block.get("ID").removeprefix("page_1_table_1_"): len(block)
        for block in root.iterfind(".//a:TextBlock", NAMES)
    }
    assert lines == {"row_1_column_1": 1, "row_2_column_1": 0, "row_2_column_2": 0}
    (table,) = root.iterfind(".//a:ComposedBlock[@TYPE='table']", NAMES)
    assert (box_of(table), len(table)) == ((0, 0, 20, 20), 2)


def test_what_else_a_text_may_mean_is_told_from_what_else_may_be_written(schema):
    others = (
        Alternative("1.234", 1234, 0.25),
        Alternative("1.234", Decimal("1.234"), 0.25),
        Alternative("1.284", None, 0.00001),
    )
    ambiguous = Field("number", "1.234", None, 0.5, "review", alternatives=others)
    day = Field("date", "3/4/22", date(2022, 4, 3), 0.9, "ok")
    root = parse([Page(fields=(ambiguous, day))])
    schema.assertValid(root)
    assert [(one.get("PURPOSE"), one.text) for one in root.iterfind(".//a:ALTERNATIVE", NAMES)] == [
        ("value, confidence 0.25", "1234"),
        ("value, confidence 0.25", "1.234"),
        ("reading, confidence 0.00001", "1.284"),
        ("value", "2022-04-03"),
    ]


def test_symbols_without_a_box_or_of_several_characters_are_no_glyphs(schema):
    symbols = (Symbol("1", 0.9, (0, 0, 5, 9)), Symbol("2", 0.8))
    joined = (Symbol("12", 0.9, (0, 0, 5, 9)),)
    fields = tuple(Field("number", "12", 12, 0.5, "ok", symbols=each) for each in (symbols, joined))
    root = parse([Page(fields=fields)])
    schema.assertValid(root)
    assert root.find(".//a:Glyph", NAMES) is None


def test_it_says_what_was_read_by_what_and_how_it_lies(schema):
    one = Page(source="a.png", size=(30, 40), model="line", version="3", steps=("decode", "turn 90"))
    root = parse([one, Page(source="b\0.png", number=7, steps=("decode",)), one])
    schema.assertValid(root)
    assert root.findtext(".//a:MeasurementUnit", namespaces=NAMES) == "pixel"
    files = [
        (one.get("fileIdentifierLocation"), one.text) for one in root.iterfind(".//a:fileIdentifier", NAMES)
    ]
    assert files == [("page_1", "a.png"), ("page_2", "b\ufffd.png"), ("page_3", "a.png")]
    pages = root.findall(".//a:Page", NAMES)
    facts = [tuple(page.get(name) for name in ("PHYSICAL_IMG_NR", "WIDTH", "ROTATION")) for page in pages]
    assert facts == [("1", "30", "270"), ("7", None, None), ("1", "30", "270")]
    assert [page.get("PROCESSINGREFS") for page in pages] == ["processing_1", "processing_2", "processing_1"]
    first = root.find(".//a:Processing", NAMES)
    assert [step.text for step in first.iterfind("a:processingStepDescription", NAMES)] == [
        "decode",
        "turn 90",
    ]
    assert first.findtext("a:processingStepSettings", namespaces=NAMES) == "model line 3"


def test_pages_of_one_file_name_it_once_and_no_pages_are_no_document(schema):
    root = parse([Page(source="a.pdf"), Page(source="a.pdf", number=2)])
    schema.assertValid(root)
    assert root.findtext(".//a:fileName", namespaces=NAMES) == "a.pdf"
    assert root.find(".//a:fileIdentifier", NAMES) is None
    assert pages_to_alto([]) == ""


def test_the_profile_can_fail():
    document = parse([Page(fields=(HEADER,))])
    document.find(".//a:String", NAMES).set("WC", "1.5")
    assert not schema_at(PROFILE).validate(document)
