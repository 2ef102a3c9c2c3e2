"""The JSON Schema: whatever is read is valid by it, and what is not ours is not."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, ValidationError
from made_readings import FAST, PAGES, fields, tables

from inkdigits.containers import Field, Page
from inkdigits.errors import UsageError
from inkdigits.export import json_schema, pages_to_json

DOCUMENT = Draft202012Validator(json_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
FIELD = Field("number", "1.5", Decimal("1.5"), 0.9, "ok", box=(0, 0, 5, 5)).to_dict()


@pytest.mark.parametrize("part", ["document", "page", "table", "field"])
def test_it_is_a_schema(part):
    Draft202012Validator.check_schema(json_schema(part))


@FAST
@given(pages=st.lists(PAGES, max_size=2))
def test_whatever_is_read_is_valid(pages):
    DOCUMENT.validate(json.loads(pages_to_json(pages)))


@FAST
@given(page=PAGES, table=tables(), field=fields())
def test_each_container_is_valid(page, table, field):
    for part, container in {"page": page, "table": table, "field": field}.items():
        Draft202012Validator(json_schema(part)).validate(json.loads(json.dumps(container.to_dict())))


def test_real_readings_are_valid(read_pages):
    DOCUMENT.validate(json.loads(pages_to_json(read_pages)))


@pytest.mark.parametrize("value", [7, -3, Decimal("1E+3"), Decimal("-0.050"), date(1, 2, 3), None])
def test_every_value_is_valid(value):
    Draft202012Validator(json_schema("field")).validate(Field("auto", "7", value, 0.5, "ok").to_dict())


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 2},
        {"kind": "letter"},
        {"status": "fine"},
        {"status": "empty"},
        {"confidence": 1.01},
        {"confidence": "0.9"},
        {"text": None},
        {"value": 1.5},
        {"value": {"type": "int", "value": "1.5"}},
        {"value": {"type": "date", "value": "16/12/22"}},
        {"value": {"type": "int", "value": "1", "unit": "m"}},
        {"box": [1, 2, 3]},
        {"box": [1, 2, 3, 4.5]},
        {"symbols": [{"text": "1"}]},
        {"alternatives": None},
        {"comment": "mine"},
    ],
    ids=str,
)
def test_what_is_not_ours_is_not_valid(change):
    validator = Draft202012Validator(json_schema("field"))
    validator.validate(FIELD)
    with pytest.raises(ValidationError):
        validator.validate(FIELD | change)


@pytest.mark.parametrize(
    "part", ["fields", "tables", "source", "number", "size", "model", "version", "steps"]
)
def test_a_page_that_lacks_a_part_is_not_valid(part):
    page = Page().to_dict()
    del page[part]
    with pytest.raises(ValidationError, match=f"'{part}' is a required property"):
        Draft202012Validator(json_schema("page")).validate(page)


def test_a_part_that_there_is_not():
    with pytest.raises(UsageError, match="part is 'cell'; expected one of document, page, table, field"):
        json_schema("cell")
