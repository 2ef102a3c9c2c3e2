"""POST /v1/exports: pages, perhaps corrected, as a file."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Literal

import numpy as np
from fastapi import APIRouter, Request
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field
from starlette.responses import Response

from inkdigits.containers import Page
from inkdigits.export import (
    annotate_page,
    forms_to_csv,
    pages_to_alto,
    pages_to_csv,
    pages_to_hocr,
    pages_to_json,
    tables_to_csv,
)
from inkdigits.web.asked import Strict, asked_of, from_base64
from inkdigits.web.bodies import JSON, Body
from inkdigits.web.pictures import decode_one
from inkdigits.web.problems import Problem
from inkdigits.web.readings import PageData
from inkdigits.web.service import service_of
from inkdigits.web.settings import Settings

__all__ = ["MEDIA_TYPES", "ExportsAsked", "Format", "router"]

Format = Literal["json", "csv", "fields", "hocr", "alto", "annotated"]

MEDIA_TYPES: dict[str, tuple[str, str]] = {
    "json": ("application/json", "inkdigits.json"),
    "csv": ("text/csv; charset=utf-8", "inkdigits.csv"),
    "fields": ("text/csv; charset=utf-8", "inkdigits-fields.csv"),
    "hocr": ("text/html; charset=utf-8", "inkdigits.hocr.html"),
    "alto": ("application/xml", "inkdigits.alto.xml"),
    "annotated": ("image/png", "inkdigits.png"),
}
"""Of each format, its media type and what the file is called."""

_MOST_FIELDS = 50_000

router = APIRouter()


class ExportsAsked(Strict):
    """Pages as POST /v1/pages gives them, perhaps corrected, and the format to write them in."""

    pages: Annotated[list[PageData], Field(fail_fast=True)] = Field(min_length=1)
    format: Format = Field(
        description="csv: as a spreadsheet shows the pages, or of forms a row a page; fields: CSV, a row a field; "
        "annotated: a picture of one page with what was read."
    )
    values: bool = Field(default=False, description="csv: cells hold what they mean, not how it is written.")
    picture: Annotated[str, Field(min_length=1)] | None = Field(
        default=None, description="annotated: the page's picture as base64."
    )


@router.post("/v1/exports", summary="Write pages as a file")
async def export_pages(request: Request) -> Response:
    """Write pages as JSON, CSV, hOCR, ALTO or an annotated picture."""
    service = service_of(request)
    async with service.bodies.body(request, JSON) as body:
        content, format = await service.lane.run(partial(_answer, body, service.settings))
    media_type, name = MEDIA_TYPES[format]
    return Response(
        content, headers={"Content-Disposition": f'attachment; filename="{name}"', "Content-Type": media_type}
    )


def _answer(body: Body, settings: Settings) -> tuple[bytes, Format]:
    asked = asked_of(ExportsAsked, body)
    count = sum(page.count() for page in asked.pages)
    if count > _MOST_FIELDS:
        raise Problem(413, f"got {count} fields; expected at most {_MOST_FIELDS}")
    pages = [page.to_page() for page in asked.pages]
    if asked.format == "annotated":
        return _annotated(pages, asked.picture, settings), asked.format
    writers: dict[str, Callable[[Sequence[Page]], str]] = {
        "json": pages_to_json,
        "csv": partial(_csv, values=asked.values),
        "fields": pages_to_csv,
        "hocr": pages_to_hocr,
        "alto": pages_to_alto,
    }
    return writers[asked.format](pages).encode(), asked.format


def _csv(pages: Sequence[Page], *, values: bool) -> str:
    """Return pages as the command line does: forms a row a page, all others as they look."""
    fields = [field for page in pages for field in page.fields]
    if fields and not any(page.tables for page in pages) and all(field.name for field in fields):
        return forms_to_csv(pages, list(dict.fromkeys(field.name or "" for field in fields)))
    several = len(pages) > 1
    return tables_to_csv(pages, titles=several, numbers=several, values=values)


def _annotated(pages: list[Page], picture: str | None, settings: Settings) -> bytes:
    if len(pages) != 1 or picture is None:
        raise Problem(
            422,
            f"annotated takes one page and its picture; got {len(pages)} pages"
            f"{'' if picture is None else ' and a picture'}",
        )
    page = pages[0]
    gray = decode_one(from_base64("picture", picture), "picture", settings.pixels)
    gray = _at_size(gray, page, settings.pixels)
    buffer = io.BytesIO()
    annotate_page(gray, page).save(buffer, "PNG", compress_level=3)
    return buffer.getvalue()


def _at_size(gray: NDArray[np.uint8], page: Page, most_pixels: int) -> NDArray[np.uint8]:
    """Return a page's picture at the size that its boxes are given in; a smaller copy of it may have come."""
    height, width = gray.shape
    size = page.size or (width, height)
    if size[0] * size[1] > most_pixels:
        raise Problem(413, f"pages[0].size is {size[0]} x {size[1]}; expected at most {most_pixels} pixels")
    if abs(width * size[1] - height * size[0]) > 2 * max(*size, width, height):
        raise Problem(
            422, f"picture has {width} x {height} pixels, and the page {size[0]} x {size[1]}: not its shape"
        )
    cells = [cell for table in page.tables for row in table.cells for cell in row]
    for field in (*page.fields, *cells):
        if field.box is not None and (field.box[2] > size[0] or field.box[3] > size[1]):
            raise Problem(
                422, f"a box is {list(field.box)}, outside of the page of {size[0]} x {size[1]} pixels"
            )
    if (width, height) == size:
        return gray
    return np.asarray(Image.fromarray(gray).resize(size, Image.Resampling.BILINEAR))
