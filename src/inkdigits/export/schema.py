"""The JSON Schema of what ``to_dict`` and the JSON export give."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, Literal, get_args

from inkdigits.errors import UsageError

__all__ = ["SchemaPart", "json_schema"]

SchemaPart = Literal["document", "page", "table", "field"]


def json_schema(part: SchemaPart = "document") -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a document, as ``pages_to_json`` gives it, or of one container's ``to_dict``.

    It is strict: it lists every property, and allows no other. Raises UsageError for a part that there is not.

    >>> sorted(json_schema("table")["properties"])
    ['box', 'cells', 'schema_version']
    """
    if part not in get_args(SchemaPart):
        raise UsageError(f"part is {part!r}; expected one of {', '.join(get_args(SchemaPart))}")
    file = resources.files("inkdigits.export") / "reading.schema.json"
    schema: dict[str, Any] = json.loads(file.read_text("utf-8"))
    if part == "document":
        return schema
    definitions = schema["$defs"]
    return {
        "$schema": schema["$schema"],
        "title": f"inkdigits {part}",
        **definitions[part],
        "$defs": definitions,
    }
