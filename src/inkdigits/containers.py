"""What a reading is: symbols in a field, fields in a table, fields and tables on a page.

Containers are plain and frozen. They know nothing of models or of file formats: reading/ makes them and export/
writes them. ``to_dict`` and ``from_dict`` undo each other, and what ``to_dict`` gives is plain JSON with a
``schema_version``. Boxes are (left, top, right, bottom) in whole pixels of the original image, half open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

from inkdigits.errors import DataError

__all__ = [
    "MISMATCH",
    "SCHEMA_VERSION",
    "Alternative",
    "Box",
    "Field",
    "Kind",
    "Page",
    "Status",
    "Symbol",
    "Table",
    "Value",
]

SCHEMA_VERSION = 1

MISMATCH = "mismatch"
"""The last step of a page that is no copy of the form that it was held against."""

Box = tuple[int, int, int, int]
Kind = Literal["auto", "digit", "number", "percent", "date"]
Status = Literal["ok", "review", "empty", "rejected"]
Value = int | Decimal | date


@dataclass(frozen=True)
class Symbol:
    """One symbol as read: its character, the probability that it is right (0..1), and where it stands."""

    text: str
    confidence: float
    box: Box | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return this symbol as plain JSON."""
        return {"text": self.text, "confidence": self.confidence, "box": _box_to_list(self.box)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Symbol:
        """Undo ``to_dict``."""
        return cls(data["text"], data["confidence"], _box_from_list(data["box"]))


@dataclass(frozen=True)
class Alternative:
    """Another reading of the same ink: its text, its value and the probability that it is right (0..1)."""

    text: str
    value: Value | None
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """Return this alternative as plain JSON."""
        return {"text": self.text, "value": _value_to_dict(self.value), "confidence": self.confidence}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Alternative:
        """Undo ``to_dict``."""
        return cls(data["text"], _value_from_dict(data["value"]), data["confidence"])


@dataclass(frozen=True)
class Field:
    """One piece of writing and what it was read as.

    ``text`` holds the symbols as written, spaces left out; it is "" for an empty field. ``value`` is None where it
    cannot be told. ``confidence`` is the calibrated probability (0..1) that ``text`` is right. ``status`` is "ok",
    "review" (doubtful or ambiguous), "empty" or "rejected" (ink, but no number). ``box`` is where the writing
    stands in the image.

    >>> field = Field("digit", "7", 7, 0.98, "ok", box=(4, 2, 20, 31))
    >>> Field.from_dict(field.to_dict()) == field
    True
    """

    kind: Kind
    text: str
    value: Value | None
    confidence: float
    status: Status
    alternatives: tuple[Alternative, ...] = ()
    symbols: tuple[Symbol, ...] = ()
    box: Box | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        _check_choice("kind", self.kind, get_args(Kind))
        _check_choice("status", self.status, get_args(Status))

    def to_dict(self) -> dict[str, Any]:
        """Return this field as plain JSON."""
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": self.kind,
            "text": self.text,
            "value": _value_to_dict(self.value),
            "confidence": self.confidence,
            "status": self.status,
            "alternatives": [alternative.to_dict() for alternative in self.alternatives],
            "symbols": [symbol.to_dict() for symbol in self.symbols],
            "box": _box_to_list(self.box),
            "name": self.name,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Field:
        """Undo ``to_dict``; raise DataError for another schema or a missing part."""
        with _reading_schema("Field", data):
            return cls(
                kind=data["kind"],
                text=data["text"],
                value=_value_from_dict(data["value"]),
                confidence=data["confidence"],
                status=data["status"],
                alternatives=tuple(Alternative.from_dict(item) for item in data["alternatives"]),
                symbols=tuple(Symbol.from_dict(item) for item in data["symbols"]),
                box=_box_from_list(data["box"]),
                name=data["name"],
            )


@dataclass(frozen=True)
class Table:
    """A ruled table: ``cells[row][column]`` is a Field, with status "empty" where the cell is blank."""

    cells: tuple[tuple[Field, ...], ...]
    box: Box | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return this table as plain JSON."""
        return {
            "schema_version": SCHEMA_VERSION,
            "cells": [[cell.to_dict() for cell in row] for row in self.cells],
            "box": _box_to_list(self.box),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Table:
        """Undo ``to_dict``; raise DataError for another schema or a missing part."""
        with _reading_schema("Table", data):
            cells = tuple(tuple(Field.from_dict(cell) for cell in row) for row in data["cells"])
            return cls(cells, _box_from_list(data["box"]))


@dataclass(frozen=True)
class Page:
    """One image or one page of a document: what was found on it, and by which model and steps.

    ``source`` names the file or stream, ``number`` counts a document's pages from 1, ``size`` is (width, height)
    in pixels. ``model`` and ``version`` say what read it; ``steps`` are the processing steps in order.
    """

    fields: tuple[Field, ...] = ()
    tables: tuple[Table, ...] = ()
    source: str | None = None
    number: int = 1
    size: tuple[int, int] | None = None
    model: str | None = None
    version: str | None = None
    steps: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return this page as plain JSON."""
        return {
            "schema_version": SCHEMA_VERSION,
            "fields": [field.to_dict() for field in self.fields],
            "tables": [table.to_dict() for table in self.tables],
            "source": self.source,
            "number": self.number,
            "size": None if self.size is None else list(self.size),
            "model": self.model,
            "version": self.version,
            "steps": list(self.steps),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Page:
        """Undo ``to_dict``; raise DataError for another schema or a missing part."""
        with _reading_schema("Page", data):
            size = data["size"]
            return cls(
                fields=tuple(Field.from_dict(item) for item in data["fields"]),
                tables=tuple(Table.from_dict(item) for item in data["tables"]),
                source=data["source"],
                number=data["number"],
                size=None if size is None else (int(size[0]), int(size[1])),
                model=data["model"],
                version=data["version"],
                steps=tuple(data["steps"]),
            )


@contextmanager
def _reading_schema(name: str, data: Mapping[str, Any]) -> Iterator[None]:
    if not isinstance(data, Mapping):
        raise DataError(f"{name} is {type(data).__name__}; expected a JSON object")
    version = data.get("schema_version")
    if version != SCHEMA_VERSION:
        raise DataError(f"{name} has schema_version {version!r}; this inkdigits reads {SCHEMA_VERSION}")
    try:
        yield
    except KeyError as error:
        raise DataError(f"{name} lacks {error.args[0]!r}") from error
    except (TypeError, AttributeError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{name} has a part of the wrong type: {error}") from error


def _check_choice(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise DataError(f"{name} is {value!r}; expected one of {', '.join(allowed)}")


def _box_to_list(box: Box | None) -> list[int] | None:
    return None if box is None else [int(edge) for edge in box]


def _box_from_list(edges: list[int] | None) -> Box | None:
    if edges is None:
        return None
    left, top, right, bottom = (int(edge) for edge in edges)
    return left, top, right, bottom


def _value_to_dict(value: Value | None) -> dict[str, str] | None:
    match value:
        case None:
            return None
        case date():
            return {"type": "date", "value": value.isoformat()}
        case Decimal():
            return {"type": "decimal", "value": str(value)}
        case int():
            return {"type": "int", "value": str(value)}


def _value_from_dict(data: Mapping[str, str] | None) -> Value | None:
    if data is None:
        return None
    makers = {"date": date.fromisoformat, "decimal": Decimal, "int": int}
    try:
        value: Value = makers[data["type"]](data["value"])  # type: ignore[operator]
    except (KeyError, ValueError, InvalidOperation) as error:
        raise DataError(f"value {dict(data)!r} is not an int, decimal or date") from error
    return value
