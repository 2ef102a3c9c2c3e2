"""A client of the HTTP API: what ``Reader`` does, done by a server.

    from inkdigits.web.client import Client
    with Client("http://127.0.0.1:8000") as client:
        client.read_field("photo.png", kind="digit")

It needs nothing but the package itself: no web framework, and no models.
"""

from __future__ import annotations

import base64
import io
import json
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, Self, Unpack
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigits.containers import Field, Kind, Page
from inkdigits.errors import ImageError, ServerError, UsageError
from inkdigits.reading.decode import ImageSource, list_images
from inkdigits.reading.options import ReadOptions
from inkdigits.reading.sources import bytes_of
from inkdigits.reading.template_file import load_template, template_from_dict, template_to_dict
from inkdigits.reading.templates import Template

__all__ = ["Client", "DocumentReading"]

_JSON = "application/json"
_MOST_WAIT = 30.0  # seconds before another try, whatever the server asks for
_BUSY = (429, 503)
_LONGEST_DETAIL = 500


@dataclass(frozen=True)
class DocumentReading:
    """What was read of a document: its pages, and of pages that could not be read, the number and why."""

    pages: tuple[Page, ...]
    problems: tuple[tuple[int, str], ...] = ()


class Client:
    """Reads by way of a server, `inkdigits serve`. One connection: not to be shared between threads.

    Every call raises ServerError where the server refuses, cannot be reached, or answers what is no answer of its API;
    ImageError for an image that is not there, and UsageError for options that cannot be sent.
    """

    def __init__(
        self,
        address: str = "http://127.0.0.1:8000",
        *,
        api_key: str | None = None,
        seconds: float = 90.0,
        tries: int = 3,
    ) -> None:
        """Take the server's address; nothing is sent yet.

        api_key: what the server asks for, if it does. seconds: how long to wait for an answer.
        tries: how often to ask a server that is busy, as long after each time as it says.
        """
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError(f"the address is {address!r}; expected such as http://127.0.0.1:8000")
        if tries < 1:
            raise UsageError(f"tries is {tries}; expected 1 or more")
        make = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._connection = make(parts.hostname, parts.port, timeout=seconds)
        self._address = address
        self._base = parts.path.rstrip("/")
        self._headers = {} if api_key is None else {"Authorization": f"Bearer {api_key}"}
        self._tries = tries

    def read_field(self, image: ImageSource, kind: Kind = "auto", **options: Unpack[ReadOptions]) -> Field:
        """Read one image of one field, as ``Reader.read_field`` does."""
        return self.read_fields([image], kind, **options)[0]

    def read_fields(
        self, images: Iterable[ImageSource], kind: Kind = "auto", **options: Unpack[ReadOptions]
    ) -> list[Field]:
        """Read each image as one field, in order, as ``Reader.read_fields`` does; ``check`` cannot be sent."""
        parts = [("images", _to_upload(image)) for image in list_images(images)]
        if not parts:
            return []
        answer = self._post_form("/v1/fields", [*parts, *_options(kind, options)])
        return [Field.from_dict(field) for field in answer["fields"]]

    def read_pages(
        self,
        source: ImageSource,
        kind: Kind = "auto",
        *,
        pages: str | None = None,
        **options: Unpack[ReadOptions],
    ) -> DocumentReading:
        """Read the pages of a document, as ``Reader.read_pages`` does.

        pages: which, counted from 1, such as "1-3,7"; None: all of them.
        """
        return self._read_document(source, [*_options(kind, options), *_pages(pages)])

    def read_form(
        self, source: ImageSource, template: Template | str | Path, *, pages: str | None = None
    ) -> DocumentReading:
        """Read the pages of a document as copies of a form, as ``Reader.read_form`` does."""
        known = template if isinstance(template, Template) else load_template(template)
        text = json.dumps(_with_picture_inside(known)).encode()
        return self._read_document(source, [("template", text), *_pages(pages)])

    def propose_template(self, blank: ImageSource) -> Template:
        """Return a template with a field for each box of a blank form; raise TemplateError where none is found."""
        answer = self._post_json("/v1/templates", {"picture": _base64(_to_upload(blank))})
        return template_from_dict(answer["template"], None)

    def export(self, pages: Sequence[Page], format: str, *, picture: ImageSource | None = None) -> bytes:
        """Return pages as a file: "json", "csv", "fields" (CSV, a row a field), "hocr", "alto" or "annotated".

        picture: of the one page, for "annotated", which is a PNG.
        """
        asked: dict[str, Any] = {"pages": [page.to_dict() for page in pages], "format": format}
        if picture is not None:
            asked["picture"] = _base64(_to_upload(picture))
        return self._ask("POST", "/v1/exports", json.dumps(asked).encode(), _JSON)

    def correct(self, image: ImageSource, text: str, read: Field) -> str:
        """Have the server keep what is written in a field's crop; return the correction's name."""
        asked = {"image": _base64(_to_upload(image)), "kind": read.kind, "text": text, "read": read.to_dict()}
        return str(self._post_json("/v1/corrections", asked)["id"])

    def corrections(self) -> bytes:
        """Return all corrections that the server keeps, as a zip."""
        return self._ask("GET", "/v1/corrections/archive")

    def models(self) -> list[dict[str, Any]]:
        """Return the server's models: name, version, kind and symbols of each."""
        return list(self._json("GET", "/v1/models")["models"])

    def settings(self) -> dict[str, Any]:
        """Return what the server takes: kinds, limits, whether corrections are kept, its version."""
        return self._json("GET", "/v1/settings")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_document(self, source: ImageSource, parts: list[tuple[str, bytes]]) -> DocumentReading:
        answer = self._post_form("/v1/pages", [("document", _to_upload(source)), *parts])
        return DocumentReading(
            tuple(Page.from_dict(page) for page in answer["pages"]),
            tuple((problem["number"], problem["detail"]) for problem in answer["problems"]),
        )

    def _post_form(self, path: str, parts: list[tuple[str, bytes]]) -> dict[str, Any]:
        boundary = secrets.token_hex(16)
        body = b"".join(
            b'--%s\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
            % (boundary.encode(), name.encode(), b'; filename="file"' if name in _FILES else b"", value)
            for name, value in parts
        )
        body += b"--%s--\r\n" % boundary.encode()
        return self._json("POST", path, body, f"multipart/form-data; boundary={boundary}")

    def _post_json(self, path: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        return self._json("POST", path, json.dumps(asked).encode(), _JSON)

    def _json(
        self, method: str, path: str, body: bytes | None = None, media_type: str = ""
    ) -> dict[str, Any]:
        content = self._ask(method, path, body, media_type)
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise ServerError(f"{self._address}{path} answers what is no JSON object; is it inkdigits?")
        return answer

    def _ask(self, method: str, path: str, body: bytes | None = None, media_type: str = "") -> bytes:
        headers = {**self._headers, **({"Content-Type": media_type} if media_type else {})}
        for left in reversed(range(self._tries)):
            response, content = self._send(method, path, body, headers)
            if response.status < 300:
                return content
            if response.status not in _BUSY or not left:
                raise ServerError(_detail(content, response), response.status)
            time.sleep(min(_MOST_WAIT, float(response.headers.get("Retry-After", "1"))))
        raise AssertionError("the last try returns or raises")

    def _send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[HTTPResponse, bytes]:
        """Send a request; once more on a new connection where the server has closed this one meanwhile."""
        for is_last in (self._connection.sock is None, True):
            try:
                self._connection.request(method, self._base + path, body, headers)
                response = self._connection.getresponse()
                return response, response.read()
            except (OSError, HTTPException) as error:
                self._connection.close()
                if is_last or isinstance(error, TimeoutError):
                    raise ServerError(
                        f"{self._address} cannot be reached: {error or type(error).__name__}"
                    ) from error
        raise AssertionError("the last try returns or raises")


_FILES = ("images", "document")


def _to_upload(image: ImageSource) -> bytes:
    if isinstance(image, str | Path):
        try:
            return Path(image).read_bytes()
        except (OSError, ValueError) as error:
            raise ImageError(
                f"{image} cannot be read: {getattr(error, 'strerror', None) or error}"
            ) from error
    if isinstance(image, np.ndarray):
        return _png(_picture(image))
    if isinstance(image, Image.Image):
        return _png(image)
    return bytes_of(image)[0]


def _picture(array: NDArray[np.uint8]) -> Image.Image:
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise ImageError(
            f"got an array of {array.dtype} and shape {array.shape}; expected uint8, (H, W), (H, W, 3) or (H, W, 4)"
        )
    if not array.size:
        raise ImageError(f"got an array of shape {array.shape}, without a pixel")
    return Image.fromarray(array)


def _png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _pages(pages: str | None) -> list[tuple[str, bytes]]:
    return [] if pages is None else [("pages", pages.encode())]


def _options(kind: Kind, options: ReadOptions) -> list[tuple[str, bytes]]:
    """Return what is known about the writing as parts of a form."""
    parts = [("kind", str(kind))]
    for name, value in options.items():
        if value is None:
            continue
        if name == "choices" and isinstance(value, Iterable) and not isinstance(value, str | bytes):
            parts += [(name, str(choice)) for choice in value]
        elif name == "check" or (name == "pattern" and not isinstance(value, str)):
            raise UsageError(
                f"{name} is {value!r}, which cannot be sent to a server; expected a text, or none"
            )
        elif isinstance(value, bool):
            parts.append((name, str(value).lower()))
        else:
            parts.append((name, value.isoformat() if isinstance(value, date) else str(value)))
    return [(name, text.encode()) for name, text in parts]


def _with_picture_inside(template: Template) -> dict[str, Any]:
    data = template_to_dict(template)
    return {**data, "blank": f"data:image/png;base64,{_base64(template.blank)}"}


def _detail(content: bytes, response: HTTPResponse) -> str:
    """Return what the server says of a refusal, in one line."""
    try:
        detail = json.loads(content)["detail"]
    except (ValueError, KeyError, TypeError):
        detail = f"{response.status} {response.reason}"
    return " ".join(str(detail).split())[:_LONGEST_DETAIL]
