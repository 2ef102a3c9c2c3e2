"""POST /v1/templates: propose a form's template from its picture, or check one."""

from __future__ import annotations

import base64
import io
import json
from functools import partial
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Request
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field
from starlette.responses import Response

from inkdigits.errors import TemplateError
from inkdigits.reading import open_document, propose_template
from inkdigits.reading.forms import prepare_form
from inkdigits.reading.template_file import TEMPLATE_VERSION, template_to_dict
from inkdigits.web.asked import Strict, asked_of, from_base64, template_of
from inkdigits.web.bodies import JSON, Body
from inkdigits.web.pictures import check_pixels, scaled_down
from inkdigits.web.problems import Problem
from inkdigits.web.service import service_of
from inkdigits.web.settings import Settings

__all__ = ["TemplatesAsked", "router"]

router = APIRouter()


class TemplatesAsked(Strict):
    """Either the picture of a blank form, or a template to check."""

    picture: Annotated[str, Field(min_length=1)] | None = Field(
        default=None,
        description="A blank form as base64: a picture, or a PDF or TIFF, whose first page it is.",
    )
    propose: bool = Field(
        default=True, description="Whether to find its boxes; without, the template has no fields."
    )
    template: dict[str, Any] | None = Field(default=None, description="A template with its picture inside.")


@router.post("/v1/templates", summary="Propose or check a template")
async def make_template(request: Request) -> Response:
    """Propose a template of a blank form, its picture inside; or give a template back, checked and made whole."""
    service = service_of(request)
    async with service.bodies.body(request, JSON) as body:
        content = await service.lane.run(partial(_answer, body, service.settings))
    return Response(content, media_type=JSON)


def _answer(body: Body, settings: Settings) -> bytes:
    asked = asked_of(TemplatesAsked, body)
    if asked.picture is not None and asked.template is None:
        file = from_base64("picture", asked.picture)
        template = _proposed(file, settings, propose=asked.propose)
    elif asked.template is not None and asked.picture is None:
        template = _checked(asked.template, settings)
    else:
        raise Problem(422, "expected either a picture or a template")
    return json.dumps({"template": template}).encode()


def _proposed(file: bytes, settings: Settings, *, propose: bool) -> dict[str, Any]:
    """Return a template of a blank form; one without fields, which is none yet, where no box is found."""
    check_pixels(file, "picture", settings.pixels)
    with open_document(file, name="picture") as document:
        gray = scaled_down(document.page(1))
    blank = _png(gray)
    if propose:
        try:
            return template_to_dict(propose_template(blank))
        except TemplateError:  # no boxes: they are to be drawn
            pass
    return {
        "template_version": TEMPLATE_VERSION,
        "blank": f"data:image/png;base64,{base64.b64encode(blank).decode()}",
        "size": [gray.shape[1], gray.shape[0]],
        "fields": [],
    }


def _checked(data: dict[str, Any], settings: Settings) -> dict[str, Any]:
    template = template_of(data)
    check_pixels(template.blank, "blank", settings.pixels)
    prepare_form(template)
    # The picture goes back as it came: as the media type that it has.
    return {**template_to_dict(template), "blank": data["blank"]}


def _png(gray: NDArray[np.uint8]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(gray).save(buffer, "PNG")
    return buffer.getvalue()
