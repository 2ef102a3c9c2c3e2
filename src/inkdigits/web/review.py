"""/v1/corrections: what people say is written where the reader was wrong or in doubt."""

from __future__ import annotations

import json
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import Field
from starlette.responses import Response

from inkdigits.containers import Kind
from inkdigits.reading.values import allowed_symbols
from inkdigits.web.asked import Strict, asked_of, from_base64
from inkdigits.web.bodies import JSON, Body
from inkdigits.web.corrections import Correction, CorrectionStore
from inkdigits.web.pictures import decode_one
from inkdigits.web.problems import Problem
from inkdigits.web.readings import FieldData
from inkdigits.web.service import Service, service_of

__all__ = ["CorrectionAsked", "router"]

router = APIRouter()

_MOST_PIXELS = 4_000_000  # of a crop
_PATH = "/v1/corrections"


class CorrectionAsked(Strict):
    """What is written in a crop, and what was read."""

    image: str = Field(min_length=1, description="The crop as base64 of a PNG or another picture.")
    kind: Kind = Field(description="What the field holds.")
    text: Annotated[str, Field(max_length=64)] = Field(
        description="What is written there, without spaces; nothing, where nothing is."
    )
    read: FieldData = Field(description="The field as it was read.")


@router.post(_PATH, status_code=201, summary="Keep a correction")
async def keep_correction(request: Request) -> Response:
    """Keep a crop with what is written there, where the server was told to keep any."""
    service = service_of(request)
    store = _store(service)
    async with service.bodies.body(request, JSON) as body:
        content = await service.lane.run(partial(_keep, body, store))
    return Response(content, 201, media_type=JSON)


@router.get(_PATH, summary="Count corrections")
async def count_corrections(request: Request) -> Response:
    """Tell how many corrections are kept."""
    return Response(json.dumps({"count": len(_store(service_of(request)))}), media_type=JSON)


@router.get(f"{_PATH}/archive", summary="Fetch corrections")
async def fetch_corrections(request: Request) -> Response:
    """Give all corrections as a zip: digits/7/NAME.png, and fields/NAME.png beside fields/labels.csv."""
    service = service_of(request)
    content = await service.lane.run(_store(service).archive)
    headers = {"Content-Disposition": 'attachment; filename="inkdigits-corrections.zip"'}
    return Response(content, headers=headers, media_type="application/zip")


def _store(service: Service) -> CorrectionStore:
    if service.corrections is None:
        raise Problem(409, "this server keeps no corrections; start it with --corrections DIR")
    return service.corrections


def _keep(body: Body, store: CorrectionStore) -> bytes:
    asked = asked_of(CorrectionAsked, body)
    strange = sorted(set(asked.text) - set(allowed_symbols("auto")))
    if strange:
        detail = f"holds {strange[0]!r}; expected any of {allowed_symbols('auto')} and no space"
        raise Problem(422, f"text {detail}", places=[("text", detail)])
    image = decode_one(from_base64("image", asked.image), "image", _MOST_PIXELS)
    name = store.add(Correction(image, asked.kind, asked.text, asked.read.to_field()))
    return json.dumps({"id": name, "count": len(store)}).encode()
