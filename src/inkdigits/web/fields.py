"""POST /v1/fields: images of one field each."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from inkdigits.containers import SCHEMA_VERSION, Status
from inkdigits.reading import ModelFacts, Reading
from inkdigits.web.asked import FieldsAsked, asked_of
from inkdigits.web.batching import FieldsJob
from inkdigits.web.bodies import FORM, JSON
from inkdigits.web.pictures import decode_all, png_of
from inkdigits.web.problems import Problem
from inkdigits.web.service import service_of

__all__ = ["model_of", "router"]

router = APIRouter()


@router.post("/v1/fields", summary="Read images of one field each")
async def read_fields(request: Request) -> Response:
    """Read each image as one field, in order: a digit, a number, a percentage or a date."""
    service = service_of(request)
    async with service.bodies.body(request, JSON, FORM) as body:
        asked = await service.parse(partial(asked_of, FieldsAsked, body), len(body.data))
        if len(asked.images) > service.settings.fields:
            raise Problem(413, f"got {len(asked.images)} images; expected at most {service.settings.fields}")
        reader = await service.reader()
        options = asked.options.keywords()
        reader.examine([], asked.kind, **options)  # what cannot be meant is told of before it waits
        job = FieldsJob(
            key=f"{asked.kind} {asked.options.model_dump_json()}",
            count=len(asked.images),
            decode=lambda: decode_all(asked.files(), "images", service.settings.pixels),
            examine=lambda images: reader.examine(images, asked.kind, **options),
            finish=partial(_answer, seen="seen" in asked.include),
        )
        content, found = await service.fields.read(job)
    for status in found:
        service.metrics.count_field(asked.kind, status)
    return Response(content, media_type=JSON)


def model_of(facts: Iterable[ModelFacts]) -> dict[str, str | None]:
    """Return which models read, joined by +."""
    known = {one.name: one.version for one in facts}
    return {"name": "+".join(known) or None, "version": "+".join(known.values()) or None}


def _answer(readings: list[Reading], *, seen: bool) -> tuple[bytes, list[Status]]:
    """Return the body of the answer, and the fields' statuses."""
    answer: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "model": model_of(reading.model for reading in readings),
        "fields": [reading.field.to_dict() for reading in readings],
    }
    if seen:
        answer["seen"] = [
            None if reading.model_input is None else png_of(reading.model_input) for reading in readings
        ]
    return json.dumps(answer).encode(), [reading.field.status for reading in readings]
