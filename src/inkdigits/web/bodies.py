"""Bodies of requests, read within limits of size and time, and taken apart in memory: nothing goes to a disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from inkdigits.web.problems import Problem
from inkdigits.web.settings import Settings

__all__ = ["FORM", "JSON", "Bodies", "Body", "Part", "parts_of"]

FORM = "multipart/form-data"
JSON = "application/json"

_MOST_PARTS = 2000
_LONGEST_HEADERS = 4096  # of one part, in bytes


@dataclass(frozen=True)
class Body:
    """A whole body. media_type: FORM or JSON. boundary: of a form's parts."""

    media_type: str
    data: bytes
    boundary: bytes = b""


@dataclass
class Part:
    """A part of a form: its field's name, its bytes, and whether it came as a file."""

    name: str = ""
    is_file: bool = False
    data: bytearray = field(default_factory=bytearray)

    @property
    def text(self) -> str:
        """The part as a text; raise Problem 422 where it is none."""
        try:
            return self.data.decode()
        except UnicodeDecodeError:
            raise Problem(422, f"{self.name} is no text in UTF-8", places=[(self.name, "no UTF-8")]) from None


class Bodies:
    """Takes bodies in, and knows how many bytes of them are held."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.held = 0

    @asynccontextmanager
    async def body(self, request: Request, *media_types: str) -> AsyncIterator[Body]:
        """Give the request's body, which counts as held until the ``with`` ends; that ends too where time is up.

        Raises Problem: 408 where it comes too slowly, 413 where it is too large, 415 where it is of another media
        type, 503 where too much is held already, or what is done with it takes
        too long.
        """
        media_type, boundary = _media_type(request, media_types)
        data = bytearray()
        is_whole = False
        try:
            async with asyncio.timeout(self._settings.seconds):
                await self._receive(request, data)
                is_whole = True
                yield Body(media_type, bytes(data), boundary)
        except TimeoutError:
            if is_whole:
                raise Problem(
                    503,
                    f"the answer takes more than {self._settings.seconds:g} seconds; ask for less at a time",
                ) from None
            raise Problem(
                408, f"the body took more than {self._settings.seconds:g} seconds to come"
            ) from None
        except ClientDisconnect:
            raise Problem(400, "the body ended before its time") from None
        finally:
            self.held -= len(data)

    async def _receive(self, request: Request, data: bytearray) -> None:
        most = self._settings.body_bytes
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length) > most:
            raise self._too_large()
        async for chunk in request.stream():
            if len(data) + len(chunk) > most:
                raise self._too_large()
            if self.held + len(chunk) > self._settings.held_bytes:
                raise Problem(503, "the server holds as many requests as it may; try again soon")
            self.held += len(chunk)
            data += chunk

    def _too_large(self) -> Problem:
        return Problem(
            413, f"the body has more than {self._settings.body_mb} MB; send fewer or smaller pictures"
        )


def parts_of(body: Body) -> list[Part]:
    """Return the parts of a form; raise Problem 422 where it is none."""
    parts: list[Part] = []
    name, value = bytearray(), bytearray()
    headers: dict[bytes, bytes] = {}

    def begin() -> None:
        if len(parts) >= _MOST_PARTS:
            raise Problem(413, f"the form has more than {_MOST_PARTS} parts")
        parts.append(Part())
        headers.clear()

    def end_header() -> None:
        headers[bytes(name).lower()] = bytes(value)
        name.clear()
        value.clear()

    def end_headers() -> None:
        _, options = parse_options_header(headers.get(b"content-disposition", b""))
        parts[-1].name = options.get(b"name", b"").decode("utf-8", "replace")
        parts[-1].is_file = b"filename" in options

    def add(data: bytes, start: int, end: int) -> None:
        parts[-1].data.extend(memoryview(data)[start:end])

    def extend(buffer: bytearray, data: bytes, start: int, end: int) -> None:
        if len(buffer) + end - start > _LONGEST_HEADERS:
            raise Problem(422, "a part of the form has headers that are too long")
        buffer.extend(data[start:end])

    is_whole = False

    def end_form() -> None:
        nonlocal is_whole
        is_whole = True

    parser = MultipartParser(
        body.boundary,
        {
            "on_part_begin": begin,
            "on_part_data": add,
            "on_header_field": lambda data, start, end: extend(name, data, start, end),
            "on_header_value": lambda data, start, end: extend(value, data, start, end),
            "on_header_end": end_header,
            "on_headers_finished": end_headers,
            "on_end": end_form,
        },
    )
    try:
        parser.write(body.data)
        parser.finalize()
    except FormParserError as error:
        raise Problem(422, f"the body is no {FORM}: {error}") from error
    if not is_whole:
        raise Problem(422, f"the body is no whole {FORM}: its last boundary is missing")
    return parts


def _media_type(request: Request, allowed: tuple[str, ...]) -> tuple[str, bytes]:
    """Return the media type and a form's boundary; raise Problem 415 where it is not ``allowed``."""
    given = request.headers.get("content-type", "")
    media_type, options = parse_options_header(given)
    known = media_type.decode("latin-1").lower()
    if known not in allowed:
        came = f"a body of type {known[:80]!r}" if known else "a body without a Content-Type"
        raise Problem(
            415, f"got {came}; expected {' or '.join(allowed)}", headers={"Accept": ", ".join(allowed)}
        )
    if known == FORM and not 0 < len(options.get(b"boundary", b"")) <= 200:
        raise Problem(415, f"{FORM} came without a boundary; expected one in the Content-Type")
    return known, options.get(b"boundary", b"")
