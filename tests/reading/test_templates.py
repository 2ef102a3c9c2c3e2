"""Templates: what fits is loaded and saved, what does not is told of by its place, as the schema says too."""

import copy
import json
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files

import jsonschema
import numpy as np
import pytest
from PIL import Image

from inkdigits.errors import TemplateError
from inkdigits.reading import load_template, propose_template, save_template
from inkdigits.reading.template_file import template_from_dict, template_to_dict

SCHEMA = json.loads((files("inkdigits.reading") / "template.schema.json").read_text("utf-8"))
GOOD = {
    "template_version": 1,
    "blank": "blank.png",
    "size": [200, 300],
    "fields": [
        {
            "name": "a",
            "box": [10, 10, 60, 40],
            "kind": "number",
            "minimum": 0,
            "maximum": 20.5,
            "decimal_mark": ",",
        },
        {"name": "b", "box": [10, 50, 60, 90], "pattern": "[0-9]{2}", "choices": ["12", "13"]},
        {"name": "c", "box": [10, 100, 90, 120], "cells": 4},
        {"name": "d", "box": [10, 130, 90, 150], "kind": "date", "day_first": True, "minimum": "2020-01-31"},
        {
            "name": "e",
            "box": [10, 160, 90, 180],
            "cells": [[10, 160, 50, 180], [50, 160, 90, 180]],
            "kind": "number",
        },
    ],
    "sums": [{"total": "a", "parts": ["b", "c"]}],
}
REMOVED = object()
# A place, what comes there, and what the error says; the schema refuses these too.
UNFIT = [
    (["template_version"], 2, "template_version is 2"),
    (["template_version"], True, "template_version is True"),
    (["blank"], 7, "blank is 7"),
    (["blank"], REMOVED, "lacks 'blank'"),
    (["size"], [200], "size is [200]"),
    (["size", 0], 63, "size[0] is 63"),
    (["size", 1], 10**9, "size[1]"),
    (["size", 1], "300", "size[1] is '300'"),
    (["fields"], [], "fields are 0"),
    (["fields"], {}, "fields is {}"),
    (["fields", 1], 5, "fields[1] is 5"),
    (["fields", 1, "name"], "", "fields[1].name is ''"),
    (["fields", 1, "name"], "check", "column of its own"),
    (["fields", 1, "name"], "x" * 81, "fields[1].name"),
    (["fields", 1, "name"], None, "fields[1].name is None"),
    (["fields", 1, "box"], REMOVED, "fields[1] lacks 'box'"),
    (["fields", 1, "box"], [1, 2, 3], "fields[1].box is [1, 2, 3]"),
    (["fields", 1, "box", 2], 60.5, "fields[1].box[2]"),
    (["fields", 1, "box", 0], -1, "fields[1].box[0] is -1"),
    (["fields", 1, "box", 0], True, "fields[1].box[0] is True"),
    (["fields", 0, "kind"], "roman", "fields[0].kind is 'roman'"),
    (["fields", 0, "kind"], [], "fields[0].kind is []"),
    (["fields", 0, "decimal_mark"], ";", "fields[0].decimal_mark is ';'"),
    (["fields", 0, "minimum"], "few", "fields[0].minimum is 'few'"),
    (["fields", 0, "minimum"], None, "fields[0].minimum is None"),
    (["fields", 0, "check"], "luhn", "fields[0] has an unknown key 'check'"),
    (["fields", 3, "day_first"], 1, "fields[3].day_first is 1"),
    (["fields", 1, "pattern"], 5, "fields[1].pattern is 5"),
    (["fields", 1, "choices"], [], "fields[1].choices"),
    (["fields", 1, "choices"], "12", "fields[1].choices is '12'"),
    (["fields", 1, "choices"], [12], "fields[1].choices[0] is 12"),
    (["fields", 2, "cells"], 1, "fields[2].cells are 1"),
    (["fields", 2, "cells"], True, "fields[2].cells is True"),
    (["fields", 4, "cells", 0], [10, 160, 50], "fields[4].cells[0]"),
    (["sums", 0], ["a"], "sums[0] is ['a']"),
    (["sums", 0, "parts"], [], "sums[0].parts is empty"),
    (["sums", 0, "total"], REMOVED, "sums[0] lacks 'total'"),
    (["sum"], [], "unknown key 'sum'"),
]
# What a schema cannot say.
CONTRADICTIONS = [
    (["fields", 1, "box"], [10, 50, 260, 90], "fields[1].box is [10, 50, 260, 90], outside of the picture"),
    (["fields", 1, "box"], [60, 50, 10, 90], "fields[1].box is [60, 50, 10, 90]"),
    (["fields", 1, "name"], "a", "fields[1].name is 'a', as is that of fields[0]"),
    (["fields", 1, "name"], " b", "no space around"),
    (["fields", 1, "name"], "b\n", "printable"),
    (["fields", 1, "pattern"], "(", "fields[1].pattern '(' is no regular expression"),
    (["fields", 0, "minimum"], 30, "fields[0].minimum 30"),
    (["fields", 0, "minimum"], "2020-01-01", "fields[0].minimum of a number"),
    (["fields", 3, "minimum"], "2020-02-30", "no day of the calendar"),
    (["fields", 3, "minimum"], 7, "fields[3].minimum of a date"),
    (["fields", 2, "kind"], "digit", "fields[2].cells of a digit"),
    (["fields", 4, "kind"], "date", "a date has 6 or 8"),
    (["fields", 4, "cells", 0], [50, 160, 95, 180], "fields[4].cells[0] is [50, 160, 95, 180], outside"),
    (["fields", 4, "cells", 0], [55, 160, 90, 180], "not in order"),
    (["fields", 1, "box"], [11, 11, 50, 40], "most of which is that of fields[0], 'a'"),
    (
        ["fields", 4, "choices"],
        ["12", "123"],
        "fields[4].choices holds '123', which 2 boxes for a digit cannot",
    ),
    (
        ["fields", 4, "pattern"],
        r"\d{3}",
        "fields[4].pattern: no number that 2 boxes for a digit hold meets that",
    ),
    (["fields", 4, "pattern"], "[1-4]{2}[0-9]", "fields[4].pattern: no number that 2 boxes"),
    (["fields", 4, "pattern"], r"\d,\d", "fields[4].pattern: no number that 2 boxes"),
    (["fields", 4, "minimum"], 100, "fields[4].minimum: no number that 2 boxes"),
    (["fields", 4, "maximum"], -1, "fields[4].maximum: no number that 2 boxes"),
    (["sums", 0, "parts"], ["b", "z"], "sums[0].parts[1] is 'z', which no field is called"),
    (["sums", 0, "total"], "z", "sums[0].total is 'z'"),
    (["sums", 0, "parts"], ["b", "d"], "only numbers add up"),
    (["sums", 0, "parts"], ["b", "b"], "sums[0] names a field twice"),
    (["sums", 0, "parts"], ["a", "b"], "sums[0] names a field twice"),
    (["sums", 1], {"total": "b", "parts": ["a"]}, "is a part of itself"),
    (["blank"], "nowhere.png", "blank is 'nowhere.png', which cannot be read"),
    (["blank"], "data:image/png;base64,?", "blank is no base64"),
]


def changed(place, value):
    data = copy.deepcopy(GOOD)
    *way, last = place
    inner = data
    for step in way:
        inner = inner[step]
    if value is REMOVED:
        del inner[last]
    elif isinstance(inner, list) and last == len(inner):
        inner.append(value)
    else:
        inner[last] = value
    return data


@pytest.fixture
def folder(tmp_path):
    Image.fromarray(np.full((300, 200), 255, np.uint8)).save(tmp_path / "blank.png")
    return tmp_path


def fits_schema(data):
    return jsonschema.Draft202012Validator(SCHEMA).is_valid(data)


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_what_fits_is_loaded_and_saved_and_loaded_again(folder):
    assert fits_schema(GOOD)
    (folder / "a.json").write_text(json.dumps(GOOD))
    template = load_template(folder / "a.json")
    assert template.fields[0].maximum == Decimal("20.5")
    assert template.fields[2].cells == (
        (10, 100, 30, 120),
        (30, 100, 50, 120),
        (50, 100, 70, 120),
        (70, 100, 90, 120),
    )
    assert template.blank == (folder / "blank.png").read_bytes()
    save_template(template, folder / "b.json")
    assert load_template(folder / "b.json") == template
    assert fits_schema(json.loads((folder / "b.json").read_text()))


def test_the_picture_may_be_in_the_template(form_template, folder):
    data = template_to_dict(form_template)
    assert fits_schema(data)
    assert template_from_dict(data, folder) == form_template


@pytest.mark.parametrize(("place", "value", "says"), UNFIT, ids=[says for _, _, says in UNFIT])
def test_what_does_not_fit_the_schema_is_named_by_its_place(folder, place, value, says):
    data = changed(place, value)
    assert not fits_schema(data)
    with pytest.raises(TemplateError) as error:
        template_from_dict(data, folder)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("place", "value", "says"), CONTRADICTIONS, ids=[says for _, _, says in CONTRADICTIONS]
)
def test_what_a_schema_cannot_say_is_named_by_its_place(folder, place, value, says):
    data = changed(place, value)
    assert fits_schema(data)
    with pytest.raises(TemplateError) as error:
        template_from_dict(data, folder)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "value", [None, True, 0, 64, -1, 2.5, 3.0, "", "7", [], {}, [1, 2, 3, 4], ["a"], 10**400]
)
def test_whatever_comes_anywhere_the_validator_is_as_strict_as_the_schema(folder, value):
    for place in every_place(GOOD):
        data = changed(place, value)
        try:
            template_from_dict(data, folder)
        except TemplateError:
            continue
        assert fits_schema(data), place


def every_place(data, way=()):
    steps = data.keys() if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
    for step in steps:
        yield [*way, step]
        yield from every_place(data[step], (*way, step))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "the template is []; expected an object"),
        (json.dumps(GOOD).replace("20.5", "NaN"), "NaN is no number of JSON"),
        (json.dumps(GOOD).replace("20.5", "-Infinity"), "-Infinity is no number"),
        (
            json.dumps(GOOD).replace('"kind": "number", ', '"kind": "number", "name": "z", ', 1),
            "'name' stands twice",
        ),
        (json.dumps(GOOD).replace("[200, 300]", f"[200, {'9' * 5000}]"), "is not JSON"),
        ("\udcff", "is not JSON"),
    ],
    ids=["empty", "deep", "a list", "NaN", "infinity", "a key twice", "a number without end", "no text"],
)
def test_what_is_no_template_is_one_line_that_names_the_file(folder, text, says):
    path = folder / "a.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(TemplateError) as error:
        load_template(path)
    assert str(error.value).startswith(str(path))
    assert says in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_told_of(tmp_path):
    with pytest.raises(TemplateError, match="cannot be read"):
        load_template(tmp_path / "none.json")


def test_a_form_without_boxes_has_no_proposal(folder):
    with pytest.raises(TemplateError, match=r"blank\.png has no boxes"):
        propose_template((folder / "blank.png").read_bytes(), "blank.png")


@pytest.mark.parametrize("number", ["1e999999999", "1e-999999999", "1e400"])
@pytest.mark.parametrize("place", ["size", "minimum"])
def test_numbers_of_a_million_digits_are_refused_at_once(tmp_path, form_template, number, place):
    save_template(form_template, tmp_path / "form.json")
    template = json.loads((tmp_path / "form.json").read_text())
    if place == "size":
        template["size"][0] = "HERE"
    else:
        template["fields"][0] |= {"kind": "number", "minimum": "HERE"}
    (tmp_path / "form.json").write_text(json.dumps(template).replace('"HERE"', number))
    with pytest.raises(TemplateError):
        load_template(tmp_path / "form.json")


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 1e300])
def test_numbers_that_are_none_are_refused(form_template, number):
    data = template_to_dict(form_template)
    with pytest.raises(TemplateError, match="size"):
        template_from_dict(data | {"size": [number, 800]}, None)


@pytest.mark.parametrize("bound", [10**16, Decimal("0.00000000000000001")])
def test_long_bounds_are_kept(form_template, bound):
    place = replace(form_template.fields[0], kind="number", minimum=bound, maximum=None)
    template = replace(form_template, fields=(place, *form_template.fields[1:]), sums=())
    kept = template_from_dict(template_to_dict(template), None)
    assert float(kept.fields[0].minimum) == float(bound)
