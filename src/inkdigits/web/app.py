"""The application: every path of the API, and the page."""

from __future__ import annotations

import mimetypes
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache, partial
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from inkdigits._version import __version__
from inkdigits.errors import InkdigitsError
from inkdigits.reading import Reader
from inkdigits.web import about, documents, exports, fields, review, review_folder, templates
from inkdigits.web.gate import Gate, Keys, answer_unforeseen
from inkdigits.web.openapi import describe
from inkdigits.web.problems import Problem, answer_http_error, answer_problem
from inkdigits.web.service import Service
from inkdigits.web.settings import Settings

__all__ = ["PAGE_FOLDER", "create_app"]

PAGE_FOLDER = Path(__file__).with_name("page")
"""Where the page's files are: index.html, which / gives, and what it loads from /assets/."""

_PATHS = (
    "/",
    "/metrics",
    "/v1/corrections",
    "/v1/corrections/archive",
    "/v1/exports",
    "/v1/fields",
    "/v1/health",
    "/v1/models",
    "/v1/openapi.json",
    "/v1/pages",
    "/v1/ready",
    "/v1/review",
    "/v1/settings",
    "/v1/templates",
)
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def create_app(settings: Settings | None = None, reader: Reader | None = None) -> FastAPI:
    """Return the application of one server; it is started and stopped once.

    reader: one that is at hand; by default the settings' models load in the background once the server starts.

    Raises UsageError where the file of keys cannot be read, and OutputError where the folder of corrections cannot be
    made.
    """
    settings = settings or Settings()
    service = Service(settings, reader)

    @asynccontextmanager
    async def live(app: FastAPI) -> AsyncIterator[None]:  # noqa: ARG001 - how it is called
        service.open()
        yield
        await service.close()

    app = FastAPI(
        title="inkdigits",
        version=__version__,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # it loads its scripts from another host
        redoc_url=None,
        lifespan=live,
    )
    app.state.service = service
    for room in (fields, documents, exports, templates, review, review_folder, about):
        app.include_router(room.router)
    app.openapi = cache(partial(describe, app))  # type: ignore[method-assign]
    _add_page(app)
    app.add_exception_handler(Problem, answer_problem)
    app.add_exception_handler(InkdigitsError, answer_problem)
    app.add_exception_handler(HTTPException, answer_http_error)
    app.add_exception_handler(Exception, answer_unforeseen)
    keys = Keys(settings.keys)
    app.add_middleware(Gate, settings=settings, keys=keys, paths=_PATHS, metrics=service.metrics)
    if settings.cors_origin:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origin,
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key"],
        )
    return app


def _add_page(app: FastAPI) -> None:
    for ending, media_type in _TYPES.items():  # what the system says of them may be something else
        mimetypes.add_type(media_type, ending)

    @app.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:  # noqa: ARG001
        if not (PAGE_FOLDER / "index.html").is_file():
            raise HTTPException(404)
        return FileResponse(PAGE_FOLDER / "index.html", headers={"Cache-Control": "no-cache"})

    if PAGE_FOLDER.is_dir():
        app.mount("/assets", StaticFiles(directory=PAGE_FOLDER))
