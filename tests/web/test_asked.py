"""What requests ask for: whatever comes, little memory and time is spent on what is wrong with it."""

import json
from typing import Any

import pytest

from inkdigits.web.asked import FieldsAsked, PagesAsked, Strict, asked_of
from inkdigits.web.bodies import FORM, JSON, Body
from inkdigits.web.exports import ExportsAsked
from inkdigits.web.problems import Problem
from inkdigits.web.templates import TemplatesAsked

MANY = 5000
PAGE = {"schema_version": 1, "source": None, "number": 1, "size": None, "model": None, "version": None}


def refused(model: type[Strict], data: str | dict[str, Any], status: int = 422) -> Problem:
    text = data if isinstance(data, str) else json.dumps(data)
    with pytest.raises(Problem) as caught:
        asked_of(model, Body(JSON, text.encode()))
    assert caught.value.status == status
    return caught.value


@pytest.mark.parametrize(
    ("model", "data", "place"),
    [
        (FieldsAsked, {"images": [1] * MANY}, "images[0]"),
        (FieldsAsked, {"images": ["a"], "include": [1] * MANY}, "include[0]"),
        (FieldsAsked, {"images": ["a"], "options": {"choices": [1] * MANY}}, "options.choices[0]"),
        (PagesAsked, {"document": "a", "include": [1] * MANY}, "include[0]"),
        (ExportsAsked, {"format": "json", "pages": [1] * MANY}, "pages[0]"),
        (
            ExportsAsked,
            {"format": "json", "pages": [{**PAGE, "fields": [1] * MANY, "tables": [], "steps": []}]},
            "pages[0].fields[0]",
        ),
        (
            ExportsAsked,
            {
                "format": "json",
                "pages": [
                    {
                        **PAGE,
                        "fields": [],
                        "tables": [{"schema_version": 1, "cells": [[1] * MANY] * 9, "box": None}],
                        "steps": [],
                    }
                ],
            },
            "pages[0].tables[0].cells[0][0]",
        ),
    ],
)
def test_of_many_wrong_items_the_first_is_told(model: type[Strict], data: dict[str, Any], place: str) -> None:
    # One fault an item took more memory than a machine has, for a body within the limit.
    assert [where for where, _ in refused(model, data).places] == [place]


def test_many_unknown_names_are_counted_and_not_listed() -> None:
    found = refused(FieldsAsked, {"images": ["a"], **{f"a{number}": 1 for number in range(MANY)}})
    assert found.detail.startswith(f"{MANY} names or values are not expected")
    assert found.places == ()


@pytest.mark.parametrize("parts", ["[]", '{"":0}'], ids=["lists", "names"])
def test_json_of_millions_of_parts_is_not_taken_apart(parts: str) -> None:
    inside = ",".join([parts] * 1_000_001)
    assert "lists or names" in refused(TemplatesAsked, f'{{"template":{{"a":[{inside}]}}}}', 413).detail
    form = f'--x\r\nContent-Disposition: form-data; name="template"\r\n\r\n[{inside}]\r\n--x--\r\n'
    with pytest.raises(Problem) as caught:
        asked_of(PagesAsked, Body(FORM, form.encode(), b"x"))
    assert caught.value.status == 413
