"""Containers: to_dict and from_dict undo each other through real JSON, and what is not theirs is refused."""

import json
from dataclasses import FrozenInstanceError
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from inkdigits.containers import SCHEMA_VERSION, Alternative, Field, Page, Symbol, Table
from inkdigits.errors import DataError

EMPTY = Field("number", "", None, 0.99, "empty")
NUMBER = Field(
    "number",
    "10,200",
    10200,
    0.875,
    "review",
    alternatives=(Alternative("10.200", Decimal("10.200"), 0.0625), Alternative("10,20", None, 0.03125)),
    symbols=(Symbol("1", 0.9375, (3, 4, 9, 30)), Symbol("0", 0.96875)),
    box=(3, 4, 90, 30),
    name="amount",
)
DATE = Field("date", "16/12/22", date(2022, 12, 16), 0.75, "ok")
TABLE = Table(((NUMBER, EMPTY), (DATE, EMPTY)), box=(0, 0, 200, 100))
PAGE = Page(
    fields=(NUMBER, DATE),
    tables=(TABLE,),
    source="form.png",
    number=2,
    size=(640, 480),
    model="digit",
    version="0.1.0",
    steps=("decode", "ink"),
)


def through_json(data: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(data))


@pytest.mark.parametrize(
    "container",
    [
        Symbol("7", 0.5),
        Symbol("7", 0.5, (0, 0, 1, 1)),
        Alternative("1", 1, 0.5),
        NUMBER,
        DATE,
        EMPTY,
        TABLE,
        PAGE,
    ],
    ids=lambda container: type(container).__name__,
)
def test_from_dict_undoes_to_dict_through_json(container: Any) -> None:
    again = type(container).from_dict(through_json(container.to_dict()))
    assert again == container
    assert again.to_dict() == container.to_dict()


@pytest.mark.parametrize("value", [7, -3, Decimal("10.20"), Decimal("-0.5"), date(2024, 2, 29), None])
def test_a_value_keeps_its_type(value: Any) -> None:
    field = Field("auto", "as written", value, 0.5, "ok")
    again = Field.from_dict(through_json(field.to_dict())).value
    assert again == value
    assert type(again) is type(value)


@pytest.mark.parametrize("container", [NUMBER, TABLE, PAGE], ids=lambda container: type(container).__name__)
def test_another_schema_is_refused(container: Any) -> None:
    data = container.to_dict() | {"schema_version": SCHEMA_VERSION + 1}
    with pytest.raises(DataError, match=f"schema_version {SCHEMA_VERSION + 1}; this inkdigits reads"):
        type(container).from_dict(data)
    with pytest.raises(DataError, match="schema_version None"):
        type(container).from_dict({})


@pytest.mark.parametrize(("container", "part"), [(NUMBER, "text"), (TABLE, "cells"), (PAGE, "steps")])
def test_a_missing_part_is_named(container: Any, part: str) -> None:
    data = container.to_dict()
    del data[part]
    with pytest.raises(DataError, match=f"{type(container).__name__} lacks '{part}'"):
        type(container).from_dict(data)


def test_a_missing_part_of_a_symbol_is_named() -> None:
    data = NUMBER.to_dict()
    del data["symbols"][0]["confidence"]
    with pytest.raises(DataError, match="Field lacks 'confidence'"):
        Field.from_dict(data)


@pytest.mark.parametrize(
    "value",
    [
        {"type": "int", "value": "ten"},
        {"type": "decimal", "value": "1,5"},
        {"type": "date", "value": "16/12/22"},
        {"type": "float", "value": "1.5"},
        {"type": "int"},
    ],
)
def test_a_value_that_is_none_of_ours_is_refused(value: dict[str, str]) -> None:
    with pytest.raises(DataError, match="is not an int, decimal or date"):
        Field.from_dict(DATE.to_dict() | {"value": value})


@pytest.mark.parametrize(("name", "value"), [("kind", "letter"), ("status", "fine")])
def test_a_kind_or_status_that_is_not_one_is_refused(name: str, value: str) -> None:
    arguments: dict[str, Any] = {"kind": "digit", "text": "7", "value": 7, "confidence": 0.5, "status": "ok"}
    with pytest.raises(DataError, match=f"{name} is '{value}'; expected one of"):
        Field(**arguments | {name: value})


def test_containers_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        NUMBER.text = "10,300"
