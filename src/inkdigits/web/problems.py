"""Every error of the API as RFC 9457 problem details: one JSON object of type application/problem+json."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from inkdigits.errors import FormMismatchError, InkdigitsError, MissingExtraError, ModelError, OutputError

__all__ = [
    "PROBLEM_TYPE",
    "Problem",
    "answer_http_error",
    "answer_problem",
    "as_problem",
]

PROBLEM_TYPE = "application/problem+json"

_RETRY_SECONDS = 1
_LONGEST_DETAIL = 1000


class Problem(Exception):  # noqa: N818 - RFC 9457's own word
    """An answer that is an error.

    status: the HTTP status. detail: one line, what came, what was expected, what to do. places: where in the request,
    each a place such as "images[2]" and what is wrong there. retry_after: seconds, for 429 and 503.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        places: Sequence[tuple[str, str]] = (),
        retry_after: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = " ".join(detail.split())[:_LONGEST_DETAIL]
        self.places = tuple(places)
        self.headers = dict(headers or {})
        if retry_after is None and status in (429, 503):
            retry_after = _RETRY_SECONDS
        if retry_after is not None:
            self.headers["Retry-After"] = str(retry_after)

    def to_dict(self) -> dict[str, Any]:
        """Return the members of RFC 9457, and ``errors`` where places are known."""
        data: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.places:
            data["errors"] = [{"place": place, "detail": detail} for place, detail in self.places]
        return data

    def to_response(self) -> Response:
        """Return the answer."""
        return Response(
            json.dumps(self.to_dict()), self.status, headers=self.headers, media_type=PROBLEM_TYPE
        )


def as_problem(error: InkdigitsError) -> Problem:
    """Return what a client is told of an error of ours: the request's fault, but for what the server lacks."""
    if isinstance(error, MissingExtraError):
        return Problem(415, f"this server does not read such files: {error}")
    if isinstance(error, ModelError | OutputError):
        return Problem(503, "the server cannot do this now; its log says why", retry_after=30)
    if isinstance(error, FormMismatchError):
        return Problem(422, f"the picture {error}")
    return Problem(422, str(error))


async def answer_problem(request: Request, error: Exception) -> Response:  # noqa: ARG001 - how handlers are called
    """Answer a Problem, or an error of ours."""
    if isinstance(error, InkdigitsError):
        error = as_problem(error)
    assert isinstance(error, Problem)
    return error.to_response()


async def answer_http_error(request: Request, error: Exception) -> Response:
    """Answer what the framework raises: no such path, no such method there."""
    assert isinstance(error, HTTPException)
    allowed = (error.headers or {}).get("Allow", "")
    details = {
        404: "there is nothing at this path; GET /v1/openapi.json lists what there is",
        405: f"this path does not take {request.method}; it takes {allowed}",
    }
    detail = details.get(error.status_code, error.detail)
    return Problem(error.status_code, detail, headers=error.headers).to_response()
