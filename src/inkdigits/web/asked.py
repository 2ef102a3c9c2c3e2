"""What requests ask for: bodies, JSON or forms, checked and made into typed values."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema

from inkdigits.containers import Kind
from inkdigits.errors import UsageError
from inkdigits.reading.options import ReadOptions
from inkdigits.reading.template_file import template_from_dict
from inkdigits.reading.templates import Template
from inkdigits.web.bodies import JSON, Body, Part, parts_of
from inkdigits.web.patterns import LONGEST_PATTERN, check_pattern
from inkdigits.web.problems import Problem

__all__ = ["FieldsAsked", "Options", "PagesAsked", "Strict", "asked_of", "from_base64", "template_of"]

Model = TypeVar("Model", bound=BaseModel)

_BASE64 = "A file as base64; a data: URL is taken, too."
_OPTIONS = ("day_first", "decimal_mark", "pattern", "choices", "minimum", "maximum")
_LISTS = ("images", "choices", "include")
_FILES = ("images", "document")
_MOST_PLACES = 10
_MOST_FAULTS = 1000  # that are looked at one by one
_MOST_PARTS = 1_000_000  # lists, or names, in one JSON text: each takes far more memory than its bytes

Bound = Annotated[float | int | Annotated[str, Field(max_length=40)], Field(union_mode="left_to_right")]
File = Annotated[str | bytes, WithJsonSchema({"type": "string", "contentEncoding": "base64"})]
Text = Annotated[str, Field(min_length=1, max_length=64)]


class Strict(BaseModel):
    """A part of a request: it lists all that it may hold.

    Its lists fail fast: millions of wrong items are one fault, and not millions that fill the memory.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=False)


class Options(Strict):
    """What is known about the writing; what is left out is not known."""

    day_first: bool | None = Field(default=None, description="Whether 03/04/22 is the 3rd of April.")
    decimal_mark: Literal[".", ","] | None = Field(default=None, description="The mark before decimals.")
    pattern: Annotated[str, Field(min_length=1, max_length=LONGEST_PATTERN)] | None = Field(
        default=None, description="A regular expression that the whole text matches.", examples=["[0-9]{5}"]
    )
    choices: Annotated[list[Text], Field(min_length=1, max_length=10_000, fail_fast=True)] | None = Field(
        default=None, description="The texts that may be.", examples=[["105", "106"]]
    )
    minimum: Bound | None = Field(
        default=None, description="The least value: a number, or a day as 2022-12-16."
    )
    maximum: Bound | None = Field(default=None, description="The greatest value, in the same way.")

    def keywords(self) -> ReadOptions:
        """Return these as keywords of ``Reader.read_field``.

        Raises UsageError where a bound is none, and Problem 422 for a pattern that is not taken from clients.
        """
        if self.pattern is not None:
            check_pattern(self.pattern, "pattern")
        return {
            "day_first": self.day_first,
            "decimal_mark": self.decimal_mark,
            "pattern": self.pattern,
            "choices": self.choices,
            "minimum": _bound("minimum", self.minimum),
            "maximum": _bound("maximum", self.maximum),
        }


class FieldsAsked(Strict):
    """Images of one field each, and what is known about them."""

    images: Annotated[list[File], Field(fail_fast=True)] = Field(
        min_length=1, description=f"{_BASE64} PNG, JPEG, TIFF, WebP, BMP, GIF, PPM or HEIC."
    )
    kind: Kind = Field(default="auto", description="What each image holds.")
    options: Options = Options()
    include: Annotated[list[Literal["seen"]], Field(fail_fast=True)] = Field(
        default=[], description="seen: what the model saw, as PNG, ink bright on black."
    )

    def files(self) -> list[bytes]:
        """Return the images' files; raise Problem 422 where one is no base64."""
        return [_file(f"images[{index}]", image) for index, image in enumerate(self.images)]


class PagesAsked(Strict):
    """A document, and what is known about it."""

    document: File = Field(description=f"{_BASE64} A picture, a TIFF or a PDF.")
    kind: Kind = Field(default="auto", description="What each cell and field holds.")
    options: Options = Options()
    template: dict[str, Any] | None = Field(
        default=None,
        description="A form's template with its picture inside: then its fields are read by name.",
    )
    pages: str | None = Field(
        default=None,
        max_length=200,
        description="Which pages, counted from 1; by default all.",
        examples=["1-3,7"],
    )
    include: Annotated[list[Literal["picture"]], Field(fail_fast=True)] = Field(
        default=[], description="picture: each page as JPEG, gray and upright."
    )

    def file(self) -> bytes:
        """Return the document's file; raise Problem 422 where it is no base64."""
        return _file("document", self.document)


def asked_of(model: type[Model], body: Body) -> Model:
    """Return what a body asks for; raise Problem 422 that names each place where it cannot be meant."""
    try:
        if body.media_type == JSON:
            _check_parts(body.data)
            return model.model_validate_json(body.data)
        return model.model_validate(_form_values(model, parts_of(body)))
    except ValidationError as error:
        raise _as_problem(error) from None  # it holds what came, pictures too, which no log is to see


def template_of(data: dict[str, Any]) -> Template:
    """Return the template that a client sends, its picture inside.

    Raises TemplateError, naming the place, where it cannot be meant, and Problem 422 for a pattern that is not taken.
    """
    fields = data.get("fields")
    for index, field in enumerate(fields if isinstance(fields, list) else ()):
        pattern = field.get("pattern") if isinstance(field, dict) else None
        if isinstance(pattern, str):
            check_pattern(pattern, f"fields[{index}].pattern")
    return template_from_dict(data, None)


def from_base64(place: str, text: str) -> bytes:
    """Return what base64, with a data: URL's head or without, says; raise Problem 422 where it is none."""
    if text[:5].lower() == "data:":
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        detail = f"no base64: {error}"
        raise Problem(422, f"{place} is {detail}", places=[(place, detail)]) from None


def _form_values(model: type[BaseModel], parts: Sequence[Part]) -> dict[str, Any]:
    """Return the parts of a form under the names of a model; options stand beside the others in a form."""
    values: dict[str, Any] = {}
    options: dict[str, Any] = {}
    has_options = "options" in model.model_fields
    for part in parts:
        place = options if has_options and part.name in _OPTIONS else values
        value: Any = bytes(part.data) if part.name in _FILES else part.text
        if part.name == "template":
            _check_parts(part.data)
            try:
                value = json.loads(value)
            except (ValueError, RecursionError) as error:
                raise Problem(
                    422, f"template is not JSON: {error}", places=[("template", "not JSON")]
                ) from None
        if part.name in _LISTS:
            place.setdefault(part.name, []).append(value)
        elif part.name in place:
            raise Problem(422, f"{part.name} stands twice in the form", places=[(part.name, "twice")])
        else:
            place[part.name] = value
    return {**values, "options": options} if has_options else values


def _check_parts(text: bytes | bytearray) -> None:
    """Raise Problem 413 where JSON is of so many parts that they would fill the memory."""
    if max(text.count(b"["), text.count(b":")) > _MOST_PARTS:
        raise Problem(413, f"the JSON holds more than {_MOST_PARTS} lists or names; send less at a time")


def _as_problem(error: ValidationError) -> Problem:
    if error.error_count() > _MOST_FAULTS:
        return Problem(
            422, f"{error.error_count()} names or values are not expected; see GET /v1/openapi.json"
        )
    found = error.errors(include_url=False, include_context=False, include_input=False)
    messages: dict[str, str] = {}
    for one in found:  # a union has one for each of its members
        messages.setdefault(_place(one["loc"]), one["msg"])
    places = list(messages.items())[:_MOST_PLACES]
    place, message = places[0]
    return Problem(422, f"{place}: {message}" if place else message, places=places)


def _place(location: tuple[int | str, ...]) -> str:
    """Return ("images", 2) as "images[2]"; what pydantic calls the members of unions is left out."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part not in ("str", "bytes", "int", "float", "constrained-str", "decimal", "date"):
            text += f".{part}" if text else part
    return text


def _file(place: str, given: str | bytes) -> bytes:
    return given if isinstance(given, bytes) else from_base64(place, given)


def _bound(name: str, given: str | float | None) -> Decimal | date | None:
    if given is None:
        return None
    text = str(given).strip()
    try:
        return date.fromisoformat(text) if text.count("-") == 2 else Decimal(text)
    except (ValueError, InvalidOperation):
        raise UsageError(f"{name} is {text!r}; expected a number, or a day as 2022-12-16") from None
