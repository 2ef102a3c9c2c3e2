"""POST /v1/exports."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from serving import MakeServer, base64_of, png, problem
from starlette.testclient import TestClient

from inkdigits import Field, Page, Table
from inkdigits.export import (
    forms_to_csv,
    pages_to_alto,
    pages_to_csv,
    pages_to_hocr,
    pages_to_json,
    tables_to_csv,
)
from inkdigits.web.exports import MEDIA_TYPES

PATH = "/v1/exports"
CELL = Field("number", "12", 12, 0.98, "ok", box=(10, 10, 60, 40))
EMPTY = Field("number", "", None, 0.9, "empty", box=(60, 10, 110, 40))
PAGE = Page(tables=(Table(((CELL, EMPTY),), (10, 10, 110, 40)),), source="a.png", size=(200, 100))
NAMED = Page(
    fields=(Field("number", "7", 7, 0.5, "review", box=(1, 2, 30, 40), name="age"),), size=(200, 100)
)


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("json", pages_to_json([PAGE])),
        ("csv", tables_to_csv([PAGE])),
        ("fields", pages_to_csv([PAGE])),
        ("hocr", pages_to_hocr([PAGE])),
        ("alto", pages_to_alto([PAGE])),
    ],
)
def test_each_format_is_what_the_library_writes(server: TestClient, format: str, expected: str) -> None:
    answer = server.post(PATH, json={"pages": [PAGE.to_dict()], "format": format})
    assert answer.status_code == 200
    assert without_times(answer.text) == without_times(expected)
    media_type, name = MEDIA_TYPES[format]
    assert answer.headers["content-type"] == media_type
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'


def without_times(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "DateTime" not in line)


def test_forms_are_a_row_a_page(server: TestClient) -> None:
    answer = server.post(PATH, json={"pages": [NAMED.to_dict()] * 2, "format": "csv"})
    assert answer.text == forms_to_csv([NAMED, NAMED], ["age"])


def test_values_are_written_when_asked_for(server: TestClient) -> None:
    page = Page(fields=(Field("number", "1.000", 1000, 1.0, "ok", box=(1, 1, 9, 9)),), size=(20, 20))
    asked = {"pages": [page.to_dict()], "format": "csv", "values": True}
    assert server.post(PATH, json=asked).text == "1000\n"


@pytest.mark.parametrize("scale", [1, 2])
def test_the_annotated_picture_may_be_of_a_smaller_copy(server: TestClient, scale: int) -> None:
    picture = base64_of(png(np.full((100 // scale, 200 // scale), 255, np.uint8)))
    answer = server.post(PATH, json={"pages": [PAGE.to_dict()], "format": "annotated", "picture": picture})
    assert answer.headers["content-type"] == "image/png"
    seen = np.asarray(Image.open(io.BytesIO(answer.content)))
    assert seen.shape[0] == 100 + 44  # a legend stands under it
    outline = seen[10:40, 10:60]
    assert outline.min() < 128


def changed(**parts: Any) -> dict[str, Any]:
    return {**PAGE.to_dict(), **parts}


def field(**parts: Any) -> dict[str, Any]:
    return changed(fields=[{**CELL.to_dict(), **parts}])


@pytest.mark.parametrize(
    ("page", "place"),
    [
        (changed(schema_version=2), "pages[0].schema_version"),
        (changed(number=0), "pages[0].number"),
        (changed(more=1), "pages[0].more"),
        (changed(size=[10]), "pages[0].size[1]"),
        (field(confidence="high"), "pages[0].fields[0].confidence"),
        (field(confidence=1.5), "pages[0].fields[0].confidence"),
        (field(box=[0, 0, 10, 10**9]), "pages[0].fields[0].box[3]"),
        (field(box=[20, 0, 10, 10]), "pages[0].fields[0].box"),
        (field(value={"type": "int", "value": "9" * 5000}), "pages[0].fields[0].value.value"),
        (field(value={"type": "decimal", "value": "1E999999"}), "pages[0].fields[0].value.value"),
        (field(value={"type": "code", "value": "1"}), "pages[0].fields[0].value"),
        (field(status="empty"), "pages[0].fields[0]"),
        (field(text="1" * 201), "pages[0].fields[0].text"),
    ],
)
def test_a_page_that_does_not_fit_its_schema_is_named(
    server: TestClient, page: dict[str, Any], place: str
) -> None:
    found = problem(server.post(PATH, json={"pages": [page], "format": "csv"}), 422)
    assert found["errors"][0]["place"] == place


def test_a_day_that_there_is_not(server: TestClient) -> None:
    page = field(value={"type": "date", "value": "2022-02-30"})
    problem(server.post(PATH, json={"pages": [page], "format": "csv"}), 422)


def test_annotated_wants_one_page_and_its_picture(make_server: MakeServer) -> None:
    server = make_server(megapixels=1)
    picture = base64_of(png(np.full((100, 200), 255, np.uint8)))

    def ask(status: int, **parts: Any) -> None:
        asked = {"pages": [PAGE.to_dict()], "format": "annotated", "picture": picture, **parts}
        problem(server.post(PATH, json=asked), status)

    ask(422, picture=None)
    ask(422, pages=[PAGE.to_dict()] * 2)
    ask(422, picture=base64_of(b"none"))
    ask(422, pages=[changed(size=[100, 200])])
    ask(422, pages=[changed(size=[100, 50])])
    ask(413, pages=[changed(size=[20_000, 10_000])])


def test_formulas_stay_text(server: TestClient) -> None:
    page = Page(fields=(Field("number", "", None, 1.0, "empty", name="=cmd|' /C calc'!A0"),), source="=1+1")
    text = server.post(PATH, json={"pages": [page.to_dict()], "format": "fields"}).text
    assert ",=" not in text
    assert not text.splitlines()[1].startswith("=")


def test_names_cannot_become_markup(server: TestClient) -> None:
    evil = "<script>alert(1)</script>\x00\u202e"
    page = Page(fields=(Field("number", "1", 1, 1.0, "ok", name=evil),), source=evil, size=(10, 10))
    for format in ("hocr", "alto"):
        answer = server.post(PATH, json={"pages": [page.to_dict()], "format": format})
        assert answer.status_code == 200
        assert "<script>" not in answer.text
        assert "script-src 'self'" in answer.headers["content-security-policy"]
