"""The client, against a server that listens."""

import io
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from serving import drawn, png

from inkdigits import Page, Reader
from inkdigits.errors import ImageError, ServerError, UsageError
from inkdigits.export import pages_to_csv
from inkdigits.reading import Template, save_template
from inkdigits.web.client import Client


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    with Client(address) as opened:
        yield opened


def test_fields_are_those_of_the_reader(client: Client, reader: Reader, tmp_path: Path) -> None:
    image = drawn("12")
    (tmp_path / "12.png").write_bytes(png(image))
    color = np.dstack([image] * 3)
    sources = [
        image,
        color,
        png(image),
        tmp_path / "12.png",
        str(tmp_path / "12.png"),
        Image.fromarray(image),
    ]
    assert client.read_fields(sources, "number") == reader.read_fields(sources, "number")
    assert client.read_field(image) == reader.read_field(image)
    assert client.read_field(io.BytesIO(png(image))) == reader.read_field(image)
    assert client.read_fields([]) == []
    for single in (io.BytesIO(png(image)), image, "12.png"):
        with pytest.raises(UsageError, match="expected several"):
            client.read_fields(single)  # type: ignore[arg-type]


def test_options_are_those_of_the_reader(client: Client, reader: Reader) -> None:
    image = drawn("3/4/22", (220, 60))
    options: dict[str, Any] = {"day_first": True, "minimum": date(2020, 1, 1), "maximum": date(2030, 1, 1)}
    assert client.read_field(image, "date", **options) == reader.read_field(image, "date", **options)
    options = {
        "choices": [12, "13"],
        "pattern": "[0-9]+",
        "decimal_mark": ".",
        "maximum": 20.5,
        "minimum": None,
    }
    assert client.read_field(drawn("12"), "number", **options) == reader.read_field(
        drawn("12"), "number", **options
    )


def test_documents_forms_templates_and_files(
    client: Client,
    reader: Reader,
    blank_form: NDArray[np.uint8],
    form_template: Template,
    filled_form: Callable[..., NDArray[np.uint8]],
    tmp_path: Path,
) -> None:
    filled = filled_form(amount="125", grade="7")
    save_template(form_template, tmp_path / "form.json")
    for template in (form_template, tmp_path / "form.json"):
        (page,) = client.read_form(filled, template).pages
        assert page == reader.read_form(filled, form_template)
    (page,) = client.read_pages(filled, pages="1").pages
    assert page == reader.read_page(filled)
    assert client.export([page], "fields").decode() == pages_to_csv([page])
    assert client.export([page], "annotated", picture=filled).startswith(b"\x89PNG")
    assert len(client.propose_template(blank_form).fields) >= 5


def test_pages_that_cannot_be_read_are_told_of(client: Client, make_pdf: Callable[..., bytes]) -> None:
    reading = client.read_pages(make_pdf([b""], count=2))
    assert isinstance(reading.pages[0], Page)
    assert [number for number, _ in reading.problems] == [2]


def test_corrections_are_kept(client: Client) -> None:
    read = client.read_field(drawn("12"), "number")
    assert len(client.correct(drawn("12"), "12", read)) == 32
    assert client.corrections().startswith(b"PK")


def test_what_the_server_is(client: Client) -> None:
    assert [model["kind"] for model in client.models()] == ["classifier", "line"]
    assert client.settings()["corrections"] is True


def test_a_refusal_is_an_error_of_one_line(client: Client) -> None:
    with pytest.raises(ServerError, match="images\\[0\\] is not an image") as caught:
        client.read_field(b"hello")
    assert caught.value.status == 422
    assert client.read_field(drawn("7")).text == "7"


@pytest.mark.parametrize("options", [{"check": str.isdigit}, {"pattern": 5}])
def test_what_cannot_be_sent(client: Client, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="cannot be sent"):
        client.read_field(drawn("1"), **options)


@pytest.mark.parametrize(
    "image", [Path("nowhere.png"), "", 5, np.zeros((2, 2)), np.zeros((0, 2), np.uint8), np.zeros(3, np.uint8)]
)
def test_what_is_no_image(client: Client, image: Any) -> None:
    with pytest.raises(ImageError):
        client.read_field(image)


@pytest.mark.parametrize("address", ["127.0.0.1:8000", "ftp://x", "http://", ""])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UsageError, match="expected such as"):
        Client(address)


def test_a_server_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (
        pytest.raises(ServerError, match="cannot be reached") as caught,
        Client(f"http://127.0.0.1:{port}") as gone,
    ):
        gone.models()
    assert caught.value.status is None


class Scripted(BaseHTTPRequestHandler):
    """Answers what it is told, one after the other, and closes each connection."""

    answers: list[tuple[int, bytes, dict[str, str]]]
    seen: list[dict[str, str]]

    def do_GET(self) -> None:
        status, body, headers = self.answers.pop(0)
        self.seen.append(dict(self.headers))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def scripted() -> Iterator[tuple[str, type[Scripted]]]:
    handler = type("Handler", (Scripted,), {"answers": [], "seen": []})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/behind", handler
        server.shutdown()
        thread.join()


def test_a_busy_server_is_asked_again(scripted: tuple[str, type[Scripted]]) -> None:
    address, handler = scripted
    handler.answers += [
        (503, b"{}", {"Retry-After": "0"}),
        (429, b"", {"Retry-After": "0"}),
        (200, b"{}", {}),
    ]
    with Client(address, api_key="k" * 16) as client:
        assert client.settings() == {}
    assert [headers["Authorization"] for headers in handler.seen] == ["Bearer " + "k" * 16] * 3


def test_but_not_for_ever(scripted: tuple[str, type[Scripted]]) -> None:
    address, handler = scripted
    handler.answers += [(503, b'{"detail": "busy\\nnow"}', {"Retry-After": "0"})] * 2
    with Client(address, tries=2) as client, pytest.raises(ServerError, match="busy now"):
        client.settings()
    assert len(handler.seen) == 2


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_another_program(scripted: tuple[str, type[Scripted]], body: bytes) -> None:
    address, handler = scripted
    handler.answers.append((200, body, {}))
    with Client(address) as client, pytest.raises(ServerError, match="is it inkdigits"):
        client.settings()
