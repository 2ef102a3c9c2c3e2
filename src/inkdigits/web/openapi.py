"""The OpenAPI document: every operation with its examples, every answer that it may give.

Answers are described by the containers' own JSON Schema; requests by the models that check them.
"""

from __future__ import annotations

import json
from copy import deepcopy
from importlib import resources
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from inkdigits.containers import Field, Page
from inkdigits.export import json_schema
from inkdigits.web.asked import FieldsAsked, PagesAsked
from inkdigits.web.bodies import FORM, JSON
from inkdigits.web.exports import MEDIA_TYPES, ExportsAsked
from inkdigits.web.problems import PROBLEM_TYPE, Problem
from inkdigits.web.review import CorrectionAsked
from inkdigits.web.templates import TemplatesAsked

__all__ = ["describe"]

_COMPONENTS = "#/components/schemas/"
_MODELS = (FieldsAsked, PagesAsked, ExportsAsked, TemplatesAsked, CorrectionAsked)
_REASONS = {
    400: "The body ended before its time.",
    401: "An API key is needed, or the one that came is not known.",
    403: "The request comes from a page of another site.",
    404: "There is no such thing, or it cannot be read.",
    408: "The body took too long to come.",
    409: "The server keeps no corrections, or no more of them; or it has no doubtful fields of a batch.",
    413: "Too many bytes, pixels, images or pages.",
    415: "A media type, or a kind of file, that is not read here.",
    421: "The server is not called so.",
    422: "The request cannot be meant; `errors` names the places.",
    429: "Too many requests of this client are under way.",
    503: "Busy, not ready yet, or out of time; try again after `Retry-After` seconds.",
}
_ALWAYS = (401, 421, 429)
_WITH_BODY = (*_ALWAYS, 400, 403, 408, 413, 415, 422, 503)

# The smallest picture that says something: a vertical stroke, 9 x 12 pixels.
_PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAkAAAAMCAAAAACVN8h/AAAAGUlEQVR42mP8zwAFTAwoLEYsYpSw/qOK"
    "AQCL8QIXPEWoQAAAAABJRU5ErkJggg=="
)
_FIELD = Field("number", "12", 12, 0.98, "ok", box=(4, 2, 40, 31))
_PAGE = Page((_FIELD,), source="form.png", size=(80, 60), model="line", version="1")


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of an app."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary="Reads handwritten digits, numbers, percentages and dates in pictures, pages and forms.",
        routes=app.routes,
    )
    _, definitions = models_json_schema(
        [(model, "validation") for model in _MODELS], ref_template=_COMPONENTS + "{model}"
    )
    components = document.setdefault("components", {})
    components["schemas"] = {**definitions["$defs"], **_containers(), **_answers()}
    components["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer"},
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    }
    document["security"] = [{}, {"bearer": []}, {"header": []}]  # none where the server has no keys
    for path, about in _operations().items():
        for method, operation in about.items():
            document["paths"][path][method] |= operation
    return document


def _operations() -> dict[str, dict[str, dict[str, Any]]]:
    """Return what each operation takes and answers, by path and method."""
    field, page = _FIELD.to_dict(), _PAGE.to_dict()
    fields = {"images": [_PICTURE], "kind": "digit", "options": {"choices": ["1", "7"]}, "include": ["seen"]}
    pages = {"document": _PICTURE, "kind": "auto", "pages": "1", "include": ["picture"]}
    exports = {"pages": [page], "format": "csv"}
    correction = {"image": _PICTURE, "kind": "number", "text": "12", "read": field}
    files = {
        media_type.partition(";")[0]: {"schema": {"type": "string"}} for media_type, _ in MEDIA_TYPES.values()
    }
    files[JSON] = {"schema": {"type": "object"}}
    return {
        "/v1/fields": {"post": _taking("FieldsAsked", fields, _json("FieldsAnswer"), form=_FIELDS_FORM)},
        "/v1/pages": {"post": _taking("PagesAsked", pages, _json("PagesAnswer"), form=_PAGES_FORM)},
        "/v1/exports": {"post": _taking("ExportsAsked", exports, files)},
        "/v1/templates": {
            "post": _taking(
                "TemplatesAsked", {"picture": _PICTURE, "propose": True}, _json("TemplatesAnswer")
            )
        },
        "/v1/corrections": {
            "post": _taking("CorrectionAsked", correction, _json("CorrectionKept"), "201", 409),
            "get": _giving(_json("CorrectionCount"), 409),
        },
        "/v1/corrections/archive": {
            "get": _giving({"application/zip": {"schema": {"type": "string"}}}, 409, 503)
        },
        "/v1/review": {"get": _giving(_json("DoubtfulNames"), 409, 503)},
        "/v1/review/{name}": {"get": _giving(_json("DoubtfulField"), 404, 409, 503)},
        "/v1/models": {"get": _giving(_json("Models"), 503)},
        "/v1/health": {"get": _giving(_json("State"))},
        "/v1/ready": {"get": _giving(_json("State"), 503)},
        "/v1/settings": {"get": _giving(_json("SettingsAnswer"))},
        "/metrics": {"get": _giving({"text/plain": {"schema": {"type": "string"}}})},
    }


def _taking(
    model: str,
    example: dict[str, Any],
    content: dict[str, Any],
    status: str = "200",
    *more: int,
    form: dict[str, Any] | None = None,
) -> dict[str, Any]:
    bodies: dict[str, Any] = {JSON: {"schema": {"$ref": _COMPONENTS + model}, "example": example}}
    if form is not None:
        bodies[FORM] = {"schema": form}
    return {
        "requestBody": {"required": True, "content": bodies},
        "responses": _responses(content, (*_WITH_BODY, *more), status),
    }


def _giving(content: dict[str, Any], *more: int) -> dict[str, Any]:
    return {"responses": _responses(content, (*_ALWAYS, *more), "200")}


def _responses(content: dict[str, Any], statuses: tuple[int, ...], status: str) -> dict[str, Any]:
    answers: dict[str, Any] = {status: {"description": "Done.", "content": content}}
    for number in sorted(statuses):
        problem = Problem(number, _REASONS[number])
        answers[str(number)] = {
            "description": _REASONS[number],
            "content": {
                PROBLEM_TYPE: {"schema": {"$ref": _COMPONENTS + "Problem"}, "example": problem.to_dict()}
            },
        }
        if "Retry-After" in problem.headers:
            answers[str(number)]["headers"] = {
                "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}
            }
    return answers


def _json(name: str) -> dict[str, Any]:
    return {JSON: {"schema": {"$ref": _COMPONENTS + name}}}


def _containers() -> dict[str, Any]:
    """Return the containers' definitions, and a template's, as components."""
    schema = json_schema()["$defs"]
    template = json.loads((resources.files("inkdigits.reading") / "template.schema.json").read_text("utf-8"))
    parts = template.pop("$defs", {})
    for name in ("$schema", "$id"):
        template.pop(name, None)
    found = {name: _moved(part, "") for name, part in schema.items()}
    found |= {f"template_{name}": _moved(part, "template_") for name, part in parts.items()}
    return {**found, "template": _moved(template, "template_")}


def _moved(schema: Any, prefix: str) -> Any:
    """Return a schema whose references lead to the components."""
    if isinstance(schema, dict):
        return {
            key: value.replace("#/$defs/", _COMPONENTS + prefix) if key == "$ref" else _moved(value, prefix)
            for key, value in schema.items()
        }
    return [_moved(item, prefix) for item in schema] if isinstance(schema, list) else deepcopy(schema)


def _object(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [name for name in properties if name not in optional],
        "properties": properties,
    }


def _listed(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": _COMPONENTS + name}


_TEXT, _WHOLE, _BINARY = (
    {"type": "string"},
    {"type": "integer", "minimum": 0},
    {"type": "string", "format": "binary"},
)
_MAYBE_TEXT = {"type": ["string", "null"]}
_OPTION_PARTS = {
    "kind": {"enum": ["auto", "digit", "number", "percent", "date"]},
    "day_first": {"type": "boolean"},
    "decimal_mark": {"enum": [".", ","]},
    "pattern": _TEXT,
    "choices": _listed(_TEXT),
    "minimum": _TEXT,
    "maximum": _TEXT,
}
_FIELDS_FORM = {
    "type": "object",
    "required": ["images"],
    "properties": {"images": _listed(_BINARY), **_OPTION_PARTS, "include": _listed({"enum": ["seen"]})},
}
_PAGES_FORM = {
    "type": "object",
    "required": ["document"],
    "properties": {
        "document": _BINARY,
        **_OPTION_PARTS,
        "template": {"type": "string", "description": "The template's JSON, its picture inside."},
        "pages": {"type": "string", "examples": ["1-3,7"]},
        "include": _listed({"enum": ["picture"]}),
    },
}


def _answers() -> dict[str, Any]:
    model = _object({"name": _MAYBE_TEXT, "version": _MAYBE_TEXT})
    picture = {"number": _WHOLE, "width": _WHOLE, "height": _WHOLE, "jpeg": _TEXT}
    seen = _object({"width": _WHOLE, "height": _WHOLE, "png": _TEXT})
    facts = _object({"name": _TEXT, "version": _TEXT, "kind": _TEXT, "symbols": _listed(_TEXT)})
    limits = {name: {"type": "number"} for name in ("body_bytes", "pixels", "fields", "pages", "seconds")}
    common = {"schema_version": _reference("schema_version"), "model": model}
    page_problems = _listed(_object({"number": _WHOLE, "detail": _TEXT}))
    problem = {"type": _TEXT, "title": _TEXT, "status": _WHOLE, "detail": _TEXT}
    places = _listed(_object({"place": _TEXT, "detail": _TEXT}))
    return {
        "FieldsAnswer": _object(
            {
                **common,
                "fields": _listed(_reference("field")),
                "seen": _listed({"oneOf": [seen, {"type": "null"}]}),
            },
            "seen",
        ),
        "PagesAnswer": _object(
            {
                **common,
                "pages": _listed(_reference("page")),
                "problems": page_problems,
                "pictures": _listed(_object(picture)),
            },
            "pictures",
        ),
        "TemplatesAnswer": _object({"template": {"type": "object"}}),
        "CorrectionKept": _object({"id": _TEXT, "count": _WHOLE}),
        "CorrectionCount": _object({"count": _WHOLE}),
        "DoubtfulNames": _object({"count": _WHOLE, "names": _listed(_TEXT)}),
        "DoubtfulField": _object({"page": _reference("page"), "picture": seen}),
        "Models": _object({"models": _listed(facts)}),
        "State": _object({"status": _TEXT}),
        "SettingsAnswer": _object(
            {
                "version": _TEXT,
                "kinds": _listed(_TEXT),
                "corrections": {"type": "boolean"},
                "review": {"type": "boolean"},
                "limits": _object(limits),
            }
        ),
        "Problem": _object({**problem, "errors": places}, "errors"),
    }
