"""POST /v1/pages."""

import base64
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from serving import MakeServer, base64_of, png, problem
from starlette.testclient import TestClient

from inkdigits import Page, Reader
from inkdigits.reading import Template, template_to_json
from inkdigits.web.documents import numbers_of
from inkdigits.web.problems import Problem

PATH = "/v1/pages"


@pytest.fixture(scope="session")
def table() -> NDArray[np.uint8]:
    """A page with a ruled table of two rows and three columns, uint8 (500, 700)."""
    page = np.full((500, 700), 245, np.uint8)
    for row in range(2):
        for column in range(3):
            left, top = 100 + 150 * column, 120 + 110 * row
            cv2.rectangle(page, (left, top), (left + 150, top + 110), 60, 2)
            text = str(3 * row + column + 1)
            cv2.putText(page, text, (left + 55, top + 80), cv2.FONT_HERSHEY_SIMPLEX, 2, 30, 4, cv2.LINE_AA)
    return page


def test_a_picture_is_read_as_the_reader_reads(
    server: TestClient, reader: Reader, table: NDArray[np.uint8]
) -> None:
    answer = server.post(PATH, files={"document": png(table)})
    assert answer.status_code == 200
    (page,) = [Page.from_dict(page) for page in answer.json()["pages"]]
    assert page == reader.read_page(table)
    assert len(page.tables[0].cells) == 2
    assert answer.json()["model"] == {"name": page.model, "version": page.version}
    assert "pictures" not in answer.json()
    asked = {"document": base64_of(png(table)), "kind": "digit", "options": {"choices": ["1", "2"]}}
    assert server.post(PATH, json=asked).json()["pages"][0]["tables"][0]["cells"][0][0]["kind"] == "digit"


def test_a_pages_picture_is_given_when_asked_for(server: TestClient, table: NDArray[np.uint8]) -> None:
    large = cv2.resize(table, (4200, 3000))
    answer = server.post(PATH, files={"document": png(large)}, data={"include": "picture"}).json()
    (picture,) = answer["pictures"]
    assert answer["pages"][0]["size"] == [4200, 3000]
    assert (picture["number"], picture["width"], picture["height"]) == (1, 2400, 1714)
    seen = Image.open(io.BytesIO(base64.b64decode(picture["jpeg"])))
    assert (seen.format, seen.size) == ("JPEG", (2400, 1714))


def test_pages_of_a_pdf_are_chosen(
    server: TestClient,
    make_pdf: Callable[..., bytes],
    pdf_table: Callable[[Sequence[Sequence[str]]], bytes],
) -> None:
    document = make_pdf([pdf_table([[str(page)] * 2] * 2) for page in range(1, 5)])
    answer = server.post(PATH, files={"document": document}, data={"pages": "3, 1-2"}).json()
    pages = [Page.from_dict(page) for page in answer["pages"]]
    assert [page.number for page in pages] == [3, 1, 2]
    assert [page.tables[0].cells[0][0].text for page in pages] == ["3", "1", "2"]


def test_too_many_pages(make_server: MakeServer, make_pdf: Callable[..., bytes]) -> None:
    server = make_server(pages=2)
    document = make_pdf([b"", b"", b""])
    assert "pages=1-2" in problem(server.post(PATH, files={"document": document}), 413)["detail"]
    problem(server.post(PATH, files={"document": document}, data={"pages": "1-9999999"}), 413)
    assert server.post(PATH, files={"document": document}, data={"pages": "2-3"}).status_code == 200


def test_a_page_that_cannot_be_read_does_not_hide_the_others(
    server: TestClient, table: NDArray[np.uint8]
) -> None:
    buffer = io.BytesIO()
    frames = [Image.fromarray(table), Image.fromarray(np.flipud(table).copy())]
    frames[0].save(buffer, "TIFF", save_all=True, append_images=frames[1:], compression="tiff_lzw")
    whole = buffer.getvalue()
    torn = whole[: len(whole) - 200]
    answer = server.post(PATH, files={"document": torn})
    if answer.status_code == 200:
        assert [one["number"] for one in answer.json()["pages"]] == [1]
        assert [one["number"] for one in answer.json()["problems"]] == [2]
    else:
        problem(answer, 422)


def test_a_form_is_read_by_its_template(
    server: TestClient, form_template: Template, filled_form: Callable[..., NDArray[np.uint8]]
) -> None:
    files = {"document": png(filled_form(amount="125", grade="7"))}
    data = {"template": template_to_json(form_template)}
    answer = server.post(PATH, files=files, data=data).json()
    fields = {field["name"]: field for field in answer["pages"][0]["fields"]}
    assert (fields["amount"]["text"], fields["grade"]["text"]) == ("125", "7")
    asked = {"document": base64_of(files["document"]), "template": json.loads(data["template"])}
    assert server.post(PATH, json=asked).json()["pages"] == answer["pages"]


def test_another_form_is_a_422(server: TestClient, form_template: Template, table: NDArray[np.uint8]) -> None:
    data = {"template": template_to_json(form_template)}
    found = problem(server.post(PATH, files={"document": png(table)}, data=data), 422)
    assert "does not match the form" in found["detail"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"blank": "/etc/passwd"}, "the picture itself"),
        ({"blank": "data:image/../../etc/passwd"}, "the picture itself"),
        ({"blank": "data:image/png;base64,aGVsbG8="}, "not an image"),
        ({"size": [100, 100]}, "outside"),
        ({"fields": []}, "fields are 0"),
        ({"fields": [{"name": "a", "box": [0, 0, 50, 50], "pattern": "(a{999}){999}"}]}, "fields[0].pattern"),
        ({"fields": 3}, "fields is 3"),
    ],
)
def test_a_template_that_cannot_be_meant(
    server: TestClient,
    form_template: Template,
    table: NDArray[np.uint8],
    change: dict[str, Any],
    says: str,
) -> None:
    template = {**json.loads(template_to_json(form_template)), **change}
    asked = {"document": base64_of(png(table)), "template": template}
    assert says in problem(server.post(PATH, json=asked), 422)["detail"]


@pytest.mark.parametrize(
    "data",
    [
        {"pages": "0"},
        {"pages": "2"},
        {"pages": "3-1"},
        {"pages": "x"},
        {"pages": ""},
        {"pages": "1-"},
        {"pages": "٣"},
        {"pages": "99999999"},
        {"kind": "letter"},
        {"template": "{"},
        {"template": "[]"},
        {"template": "{}", "kind": "digit"},
        {"include": "seen"},
        {"document": "twice"},
        {"unknown": "1"},
    ],
)
def test_what_cannot_be_meant(server: TestClient, table: NDArray[np.uint8], data: dict[str, str]) -> None:
    problem(server.post(PATH, files={"document": png(table)}, data=data), 422)


@pytest.mark.parametrize("document", [b"", b"hello", b"%PDF-1.7\n", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_document(server: TestClient, document: bytes) -> None:
    problem(server.post(PATH, files={"document": document}), 422)


def test_too_many_pixels(make_server: MakeServer, table: NDArray[np.uint8]) -> None:
    server = make_server(megapixels=1)
    problem(server.post(PATH, files={"document": png(np.zeros((1000, 1001), np.uint8))}), 413)
    assert server.post(PATH, files={"document": png(table)}).status_code == 200


def test_time_is_bounded(make_server: MakeServer, make_pdf: Callable[..., bytes]) -> None:
    server = make_server(seconds=0.05)
    answer = server.post(PATH, files={"document": make_pdf([b""] * 20)})
    assert "seconds" in problem(answer, 503)["detail"]
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("text", ["", ",", "1,,2", "-3", "1-2-3", "+1", "1.5"])
def test_no_page_numbers(text: str) -> None:
    with pytest.raises(Problem):
        list(numbers_of(text))
