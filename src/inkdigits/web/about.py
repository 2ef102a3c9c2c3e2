"""What a server tells of itself: its models, whether it is alive and ready, what it takes, how it fares."""

from __future__ import annotations

import json
from typing import Any, get_args

from fastapi import APIRouter, Request
from starlette.responses import Response

from inkdigits._version import __version__
from inkdigits.containers import Kind
from inkdigits.web.bodies import JSON
from inkdigits.web.metrics import METRICS_TYPE
from inkdigits.web.problems import Problem
from inkdigits.web.service import service_of

__all__ = ["router"]

router = APIRouter()


@router.get("/v1/health", summary="Is the server alive?")
async def health(request: Request) -> Response:  # noqa: ARG001
    """Answer at once, whether or not the models are loaded."""
    return _json({"status": "alive"})


@router.get("/v1/ready", summary="Are the models loaded?")
async def ready(request: Request) -> Response:
    """Answer 200 once the models are loaded, and 503 before."""
    if not service_of(request).is_ready:
        raise Problem(503, "the models are being loaded; ask again in a moment")
    return _json({"status": "ready"})


@router.get("/v1/models", summary="Which models read?")
async def models(request: Request) -> Response:
    """List the models: name, version, whether one reads single digits or lines, and the symbols that it knows."""
    reader = await service_of(request).reader()
    return _json(
        {
            "models": [
                {
                    "name": facts.name,
                    "version": facts.version,
                    "kind": facts.kind,
                    "symbols": list(facts.labels),
                }
                for facts in reader.models()
            ]
        }
    )


@router.get("/v1/settings", summary="What does this server take?")
async def settings(request: Request) -> Response:
    """Tell what a client needs to know: kinds, limits, version, whether corrections and doubtful fields are kept."""
    service = service_of(request)
    known = service.settings
    answer = {
        "version": __version__,
        "kinds": list(get_args(Kind)),
        "corrections": service.corrections is not None,
        "review": known.review is not None,
        "limits": {
            "body_bytes": known.body_bytes,
            "pixels": known.pixels,
            "fields": known.fields,
            "pages": known.pages,
            "seconds": known.seconds,
        },
    }
    return _json(answer)


@router.get("/metrics", summary="How does the server fare?")
async def metrics(request: Request) -> Response:
    """Give counters and times in Prometheus' text format."""
    return Response(service_of(request).metrics.to_text(), headers={"Content-Type": METRICS_TYPE})


def _json(answer: dict[str, Any]) -> Response:
    return Response(json.dumps(answer), media_type=JSON)
