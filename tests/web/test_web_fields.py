"""POST /v1/fields."""

import base64
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from serving import MakeServer, base64_of, drawn, png, problem
from starlette.testclient import TestClient

from inkdigits import Field, Reader
from inkdigits.web.app import create_app
from inkdigits.web.settings import Settings

PATH = "/v1/fields"


def test_a_form_is_read_as_the_reader_reads(server: TestClient, reader: Reader, seven: bytes) -> None:
    answer = server.post(
        PATH, files=[("images", seven), ("images", png(drawn("12")))], data={"kind": "number"}
    )
    assert answer.status_code == 200
    body = answer.json()
    assert [Field.from_dict(field) for field in body["fields"]] == reader.read_fields(
        [seven, png(drawn("12"))], "number"
    )
    assert body["schema_version"] == 1
    assert body["model"] == {"name": "line", "version": reader.models()[1].version}


@pytest.mark.parametrize("head", ["", "data:image/jpeg;base64,"])
def test_json_is_read_like_a_form(server: TestClient, seven: bytes, head: str) -> None:
    answer = server.post(PATH, json={"images": [head + base64_of(seven)], "kind": "digit"})
    assert answer.json()["fields"][0]["value"] == {"type": "int", "value": "7"}


def test_a_model_of_own_symbols_needs_no_kind(make_linear_model: Callable[..., Path], seven: bytes) -> None:
    model = make_linear_model(labels=("check", "cross", ""))
    app = create_app(Settings(digit_model=model))
    with TestClient(app, "http://127.0.0.1") as client:
        assert client.portal is not None
        client.portal.call(app.state.service.loaded)
        body = client.post(PATH, json={"images": [base64_of(seven)]}).json()
    (field,) = body["fields"]
    assert (field["kind"], body["model"]["name"]) == ("digit", "linear")
    assert {field["text"], *(other["text"] for other in field["alternatives"])} <= {"", "check", "cross"}


def test_what_the_model_saw_is_given_when_asked_for(server: TestClient, seven: bytes) -> None:
    blank = png(drawn(""))
    answer = server.post(
        PATH, files=[("images", seven), ("images", blank)], data={"kind": "digit", "include": "seen"}
    ).json()
    picture, nothing = answer["seen"]
    assert (picture["width"], picture["height"], nothing) == (28, 28, None)
    seen = Image.open(io.BytesIO(base64.b64decode(picture["png"])))
    assert (seen.size, seen.mode) == ((28, 28), "L")
    assert answer["fields"][1]["status"] == "empty"


def test_options_narrow_the_reading(server: TestClient, seven: bytes) -> None:
    options = {"choices": ["1", "7"], "minimum": 5, "maximum": "9"}
    asked = {"images": [base64_of(seven)], "kind": "number", "options": options}
    assert server.post(PATH, json=asked).json()["fields"][0]["text"] == "7"
    form: dict[str, Any] = {"kind": "number", "choices": ["1", "7"], "minimum": "5", "maximum": "9"}
    assert server.post(PATH, files={"images": seven}, data=form).json()["fields"][0]["text"] == "7"
    form = {"kind": "date", "day_first": "true", "minimum": "2020-01-31"}
    date = {"images": png(drawn("3/4/22", (220, 60)))}
    assert server.post(PATH, files=date, data=form).json()["fields"][0]["kind"] == "date"


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({}, "images"),
        ({"images": []}, "images"),
        ({"images": ["%%%"]}, "images[0]"),
        ({"images": [7]}, "images[0]"),
        ({"images": ["aGVsbG8="]}, "images[0]"),
        ({"images": [""]}, "images[0]"),
        ({"images": ["aGVsbG8="], "kind": "letter"}, "kind"),
        ({"images": ["aGVsbG8="], "options": {"day_first": "perhaps"}}, "options.day_first"),
        ({"images": ["aGVsbG8="], "options": {"choices": []}}, "options.choices"),
        ({"images": ["aGVsbG8="], "options": {"check": "x"}}, "options.check"),
        ({"images": ["aGVsbG8="], "options": {"pattern": "(?=1)"}}, "pattern"),
        ({"images": ["aGVsbG8="], "options": {"pattern": "1" * 201}}, "options.pattern"),
        ({"images": ["aGVsbG8="], "include": ["everything"]}, "include[0]"),
        ({"images": ["aGVsbG8="], "more": 1}, "more"),
    ],
)
def test_what_cannot_be_meant_is_named(server: TestClient, asked: dict[str, Any], place: str) -> None:
    found = problem(server.post(PATH, json=asked), 422)
    assert [error["place"] for error in found["errors"]] == [place]


@pytest.mark.parametrize(
    "options",
    [
        {"minimum": "soon"},
        {"minimum": "2022-13-01"},
        {"minimum": "nan"},
        {"maximum": 5, "minimum": 6},
        {"choices": ["abc"]},
        {"pattern": "[0-9"},
    ],
)
def test_options_that_nothing_meets_are_told_of(
    server: TestClient, seven: bytes, options: dict[str, Any]
) -> None:
    asked = {"images": [base64_of(seven)], "kind": "number", "options": options}
    problem(server.post(PATH, json=asked), 422)


@pytest.mark.parametrize("body", [b"", b"[", b"[]", b'"x"', b"\xff", b'{"images": [NaN]}', b"[" * 100_000])
def test_a_body_that_is_no_json_object(server: TestClient, body: bytes) -> None:
    problem(server.post(PATH, content=body, headers={"Content-Type": "application/json"}), 422)


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "image/png", "x", None]
)
def test_another_media_type(server: TestClient, media_type: str | None) -> None:
    headers = {} if media_type is None else {"Content-Type": media_type}
    answer = server.post(PATH, content=b"x", headers=headers)
    problem(answer, 415)
    assert "application/json" in answer.headers["accept"]


def test_limits_of_size(make_server: MakeServer, seven: bytes) -> None:
    server = make_server(fields=2, megapixels=1, body_mb=1)
    problem(server.post(PATH, files=[("images", seven)] * 3), 413)
    wide = png(drawn("7", (1001, 1000)))
    found = problem(server.post(PATH, files=[("images", wide)]), 413)
    assert found["errors"][0]["place"] == "images[0]"
    half = png(drawn("7", (1000, 501)))
    found = problem(server.post(PATH, files=[("images", half), ("images", half)]), 413)
    assert found["errors"][0]["place"] == "images[1]"
    problem(server.post(PATH, content=b"x" * 1_000_001, headers={"Content-Type": "application/json"}), 413)
    assert server.post(PATH, files=[("images", seven)]).status_code == 200


def test_a_small_file_that_unpacks_to_a_huge_picture(server: TestClient) -> None:
    buffer = io.BytesIO()
    Image.new("1", (60_000, 30_000)).save(buffer, "PNG")
    assert len(buffer.getvalue()) < 1_000_000
    found = problem(server.post(PATH, files={"images": buffer.getvalue()}), 413)
    assert "one request may bring 64 million" in found["detail"]


def test_a_pdf_is_no_field(server: TestClient, make_pdf: Any) -> None:
    assert "PDF" in problem(server.post(PATH, files={"images": make_pdf()}), 422)["detail"]


def test_one_bad_image_among_good_ones_is_named(server: TestClient, seven: bytes) -> None:
    found = problem(server.post(PATH, files=[("images", seven), ("images", seven[:500])]), 422)
    assert found["errors"][0]["place"] == "images[1]"


def test_fields_are_counted(server: TestClient, seven: bytes) -> None:
    server.post(PATH, files=[("images", seven)] * 2, data={"kind": "digit"})
    text = server.get("/metrics").text
    assert 'inkdigits_fields_total{kind="digit",status="ok"} 2' in text
    assert "inkdigits_batch_images_sum 2.0" in text


def test_a_tiff_of_several_pages_is_not_one_field(server: TestClient) -> None:
    pages = [Image.new("L", (90, 40), 230) for _ in range(3)]
    buffer = io.BytesIO()
    pages[0].save(buffer, "TIFF", save_all=True, append_images=pages[1:])
    answer = server.post(PATH, json={"images": [base64_of(buffer.getvalue())], "kind": "number"})
    assert answer.status_code == 422
    assert "images[0] has 3 pages" in answer.json()["detail"]
