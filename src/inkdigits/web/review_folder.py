"""/v1/review: the doubtful fields that `inkdigits batch --review` put into a folder, for the page to show.

Of each the folder holds NAME.png, the crop, and NAME.json, a page of this field alone. A field goes from the list once
the server keeps a correction of that crop: both are named by the digest of the pixels.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from inkdigits.containers import Page
from inkdigits.errors import DataError
from inkdigits.web.bodies import JSON
from inkdigits.web.corrections import CorrectionStore, is_name
from inkdigits.web.pictures import decode_one, png_of
from inkdigits.web.problems import Problem
from inkdigits.web.service import Service, service_of

__all__ = ["router"]

router = APIRouter()

_PATH = "/v1/review"
_MOST_NAMES = 1000  # in an answer; others come once these are corrected
_MOST_PIXELS = 4_000_000  # of a crop


@router.get(_PATH, summary="List doubtful fields of a batch")
async def list_doubtful(request: Request) -> Response:
    """List the doubtful fields of which no correction is kept, at most a thousand, and count all of them."""
    service = service_of(request)
    content = await service.lane.run(partial(_list, _folder(service), service.corrections))
    return Response(content, media_type=JSON)


@router.get(_PATH + "/{name}", summary="Fetch a doubtful field of a batch")
async def fetch_doubtful(request: Request, name: str) -> Response:
    """Give one of them: what was read, as a page of one field, and its picture."""
    service = service_of(request)
    content = await service.lane.run(partial(_fetch, _folder(service), name))
    return Response(content, media_type=JSON)


def _folder(service: Service) -> Path:
    if service.settings.review is None:
        raise Problem(409, "this server has no doubtful fields of a batch; start it with --review DIR")
    return service.settings.review


def _list(folder: Path, corrections: CorrectionStore | None) -> bytes:
    try:
        found = {path.stem for path in folder.glob("*.json") if is_name(path.stem)}
    except OSError as error:
        raise Problem(503, "the folder of doubtful fields cannot be read", retry_after=30) from error
    names = sorted(name for name in found if corrections is None or name not in corrections)
    return json.dumps({"count": len(names), "names": names[:_MOST_NAMES]}).encode()


def _fetch(folder: Path, name: str) -> bytes:
    missing = Problem(404, "there is no doubtful field of this name, or it cannot be read")
    if not is_name(name):
        raise missing
    try:
        page = Page.from_dict(json.loads((folder / f"{name}.json").read_bytes()))
        picture = decode_one((folder / f"{name}.png").read_bytes(), "picture", _MOST_PIXELS)
    except (OSError, ValueError, DataError, Problem) as error:
        raise missing from error
    return json.dumps({"page": page.to_dict(), "picture": png_of(picture)}).encode()
