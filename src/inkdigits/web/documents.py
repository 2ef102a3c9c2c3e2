"""POST /v1/pages: documents of one page or more, read as pages or as copies of a form."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from numpy.typing import NDArray
from starlette.responses import Response

from inkdigits.containers import SCHEMA_VERSION, Page
from inkdigits.errors import ImageError
from inkdigits.reading import Document, Reader, Template, open_document
from inkdigits.web.asked import Options, PagesAsked, asked_of, template_of
from inkdigits.web.bodies import FORM, JSON, Body
from inkdigits.web.pictures import check_pixels, jpeg_of
from inkdigits.web.problems import Problem
from inkdigits.web.service import service_of
from inkdigits.web.settings import Settings

__all__ = ["numbers_of", "router"]

router = APIRouter()

_MOST_BAD_PAGES = 10  # in a row; a document may claim a million pages that it has not


@router.post("/v1/pages", summary="Read the pages of a document")
async def read_pages(request: Request) -> Response:
    """Read the tables, boxes, combs and free numbers of each page, or the named fields of a form."""
    service = service_of(request)
    async with service.bodies.body(request, JSON, FORM) as body:
        reader = await service.reader()
        work = partial(_answer, body, reader, service.settings, time.monotonic() + service.settings.seconds)
        content = await service.lane.run(work)
    return Response(content, media_type=JSON)


def numbers_of(pages: str) -> Iterator[int]:
    """Yield the page numbers that a text such as "1-3,7" names; raise Problem 422 where it is none.

    >>> list(numbers_of("1-3,7"))
    [1, 2, 3, 7]
    """
    for part in pages.split(","):
        first, dash, last = (end.strip() for end in part.partition("-"))
        ends = (first, last if dash else first)
        if not all(end.isascii() and end.isdecimal() and len(end) <= 7 for end in ends):
            raise _no_pages(pages)
        low, high = map(int, ends)
        if not 1 <= low <= high:
            raise _no_pages(pages)
        yield from range(low, high + 1)


@dataclass
class _Read:
    """What was read of a document so far: pages, their pictures where asked for, and what could not be read."""

    pages: list[Page] = field(default_factory=list)
    pictures: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)


def _answer(body: Body, reader: Reader, settings: Settings, deadline: float) -> bytes:
    asked = asked_of(PagesAsked, body)
    file = asked.file()
    if not file:
        raise Problem(422, "document is empty; expected a picture or a PDF", places=[("document", "empty")])
    read_page = _how_to_read(asked, reader, settings)
    check_pixels(file, "document", settings.pixels)
    with open_document(file, name="document") as document:
        numbers = _numbers(asked.pages, len(document), settings.pages)
        read = _read(document, numbers, read_page, deadline, pictures="picture" in asked.include)
    if not read.pages:
        raise Problem(422, read.problems[0]["detail"])
    models = {page.model: page.version for page in read.pages if page.model}
    answer: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "model": {
            "name": "+".join(models) or None,
            "version": "+".join(filter(None, models.values())) or None,
        },
        "pages": [page.to_dict() for page in read.pages],
        "problems": read.problems,
    }
    if asked.include:
        answer["pictures"] = read.pictures
    return json.dumps(answer).encode()


def _how_to_read(
    asked: PagesAsked, reader: Reader, settings: Settings
) -> Callable[[NDArray[np.uint8]], Page]:
    """Return what reads one page; raise what is wrong with the options or the template before a page is decoded."""
    if asked.template is None:
        options = asked.options.keywords()
        reader.examine([], asked.kind, **options)
        return lambda gray: reader.read_page(gray, asked.kind, **options)
    if asked.kind != "auto" or asked.options != Options():
        raise Problem(422, "the template says what its fields hold; leave kind and options away")
    template: Template = template_of(asked.template)
    check_pixels(template.blank, "template.blank", settings.pixels)
    return lambda gray: reader.read_form(gray, template)


def _numbers(pages: str | None, count: int, most: int) -> list[int]:
    numbers: Sequence[int] = range(1, count + 1)
    if pages is not None:
        numbers = []
        for number in numbers_of(pages):
            numbers.append(number)
            if len(numbers) > most:
                break
    if len(numbers) > most:
        raise Problem(
            413,
            f"the document has {count} pages, and one request reads at most {most}: ask for some, as pages=1-{most}",
            places=[("pages", f"more than {most}")],
        )
    return list(numbers)


def _read(
    document: Document,
    numbers: list[int],
    read_page: Callable[[NDArray[np.uint8]], Page],
    deadline: float,
    *,
    pictures: bool,
) -> _Read:
    read = _Read()
    bad = 0  # in a row
    for number in numbers:
        if time.monotonic() > deadline:
            raise Problem(503, "the time of the request is up; ask for fewer pages", retry_after=5)
        try:
            gray = document.page(number)
            page = replace(read_page(gray), number=number)
        except ImageError as error:
            read.problems.append({"number": number, "detail": str(error)})
            bad += 1
            if bad == _MOST_BAD_PAGES:
                break
            continue
        bad = 0
        read.pages.append(page)
        if pictures:
            read.pictures.append({"number": number, **jpeg_of(gray)})
    return read


def _no_pages(pages: str) -> Problem:
    return Problem(422, f"pages is {pages!r}; expected such as 1-3,7", places=[("pages", "no page numbers")])
