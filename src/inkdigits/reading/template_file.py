"""Templates as JSON files: read with every fault named by its place, and written.

``template.schema.json``, beside this module, is the JSON Schema of the format (draft 2020-12).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, get_args

from inkdigits.containers import Box, Kind
from inkdigits.errors import TemplateError
from inkdigits.files import write_whole
from inkdigits.reading.options import Bound
from inkdigits.reading.templates import FieldPlace, SumCheck, Template

__all__ = [
    "TEMPLATE_VERSION",
    "load_template",
    "save_template",
    "template_from_dict",
    "template_to_dict",
    "template_to_json",
]

TEMPLATE_VERSION = 1
"""Of the format of template files."""

_MOST_BYTES = 64_000_000
_MOST_DIGITS = 30  # of a number, before or after its point
_MOST_PIXELS = 100_000  # of an edge or a side
_LEAST_SIDE = 64
_MOST_CELLS = 64
_DATA = re.compile(r"data:image/[a-z0-9.+-]+;base64,", re.IGNORECASE)
_TYPES = {str: "a text", bool: "true or false", int: "a whole number", list: "a list", dict: "an object"}


def load_template(path: str | Path) -> Template:
    """Return the template in a JSON file, the blank form's picture with it.

    Raises TemplateError, naming the file and the place in it, where it does not fit ``template.schema.json`` or
    contradicts itself, or where the picture is missing.
    """
    path = Path(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise TemplateError(f"{path} has more than {_MOST_BYTES // 1_000_000} MB; expected a template")
        data = json.loads(
            path.read_text("utf-8-sig"),
            parse_float=Decimal,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_duplicates,
        )
    except OSError as error:
        raise TemplateError(f"{path} cannot be read: {error.strerror or error}") from error
    except TemplateError as error:
        raise TemplateError(f"{path}: {error}") from error
    except (ValueError, RecursionError) as error:
        raise TemplateError(f"{path} is not JSON: {error}") from error
    try:
        return template_from_dict(data, path.parent)
    except TemplateError as error:
        raise TemplateError(f"{path}: {error}") from error


def save_template(template: Template, path: str | Path) -> None:
    """Write a template as a JSON file, whole or not at all; raise OutputError where that fails."""
    write_whole(Path(path), template_to_json(template).encode())


def template_to_json(template: Template) -> str:
    """Return a template as the text of a JSON file, a field a line."""
    parts = []
    for name, value in template_to_dict(template).items():
        if name in ("fields", "sums"):
            lines = ",\n".join(f"    {json.dumps(item, ensure_ascii=False)}" for item in value)
            parts.append(f'  "{name}": [\n{lines}\n  ]')
        else:
            parts.append(f'  "{name}": {json.dumps(value, ensure_ascii=False)}')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def template_from_dict(data: Any, folder: Path | None) -> Template:
    """Return the template that plain JSON says.

    folder: what the picture's path is relative to; None: the picture must be inside, and no file is opened.

    Numbers with a fraction are exact as Decimal; floats are taken as they print. Raises TemplateError.
    """
    keys = ("template_version", "blank", "size", "fields", "sums")
    _check_object("the template", data, keys, required=keys[:4])
    version = data["template_version"]
    if version != TEMPLATE_VERSION or isinstance(version, bool):
        raise TemplateError(f"template_version is {version!r}; this inkdigits reads {TEMPLATE_VERSION}")
    blank = _expect(str, "blank", data["blank"])
    sides = _expect(list, "size", data["size"])
    if len(sides) != 2:
        raise TemplateError(f"size is {_shown(sides)}; expected width and height")
    width, height = (_pixels(f"size[{index}]", side, _LEAST_SIDE) for index, side in enumerate(sides))
    fields = _each("fields", data["fields"], _field)
    sums = _each("sums", data.get("sums", []), _sum)
    name = None if _DATA.match(blank) else blank
    return Template((width, height), fields, sums, _picture(blank, folder), name)


def template_to_dict(template: Template) -> dict[str, Any]:
    """Return a template as plain JSON; ``template_from_dict`` undoes it."""
    blank = template.blank_name or f"data:image/png;base64,{base64.b64encode(template.blank).decode()}"
    data: dict[str, Any] = {
        "template_version": TEMPLATE_VERSION,
        "blank": blank,
        "size": list(template.size),
        "fields": [_field_to_dict(field) for field in template.fields],
    }
    if template.sums:
        data["sums"] = [{"total": check.total, "parts": list(check.parts)} for check in template.sums]
    return data


def _refuse_constant(name: str) -> Any:
    raise TemplateError(f"{name} is no number of JSON")


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise TemplateError(f"{twice!r} stands twice in one object")
    return found


def _each(place: str, data: Any, make: Callable[[str, Any], Any]) -> tuple[Any, ...]:
    return tuple(make(f"{place}[{index}]", item) for index, item in enumerate(_expect(list, place, data)))


def _field(place: str, data: Any) -> FieldPlace:
    keys = (
        "name",
        "box",
        "kind",
        "cells",
        "day_first",
        "decimal_mark",
        "pattern",
        "choices",
        "minimum",
        "maximum",
    )
    _check_object(place, data, keys, required=keys[:2])
    box = _box(f"{place}.box", data["box"])
    kind = data.get("kind", "auto")
    for name, allowed in (("kind", get_args(Kind)), ("decimal_mark", (".", ","))):
        if name in data and data[name] not in allowed:
            expected = ", ".join(map(repr, allowed))
            raise TemplateError(f"{place}.{name} is {_shown(data[name])}; expected one of {expected}")
    choices = _expect(list, f"{place}.choices", data["choices"]) if "choices" in data else None
    for index, choice in enumerate(choices or ()):
        if not _expect(str, f"{place}.choices[{index}]", choice):
            raise TemplateError(f"{place}.choices[{index}] is empty; expected a text")

    def known(name: str, take: Callable[[str, Any], Any]) -> Any:
        return take(f"{place}.{name}", data[name]) if name in data else None

    try:
        return FieldPlace(
            name=_expect(str, f"{place}.name", data["name"]),
            box=box,
            kind=kind,
            cells=_cells(f"{place}.cells", data["cells"], box) if "cells" in data else (),
            decimal_mark=data.get("decimal_mark"),
            choices=None if choices is None else tuple(choices),
            day_first=known("day_first", partial(_expect, bool)),
            pattern=known("pattern", partial(_expect, str)),
            minimum=known("minimum", _bound),
            maximum=known("maximum", _bound),
        )
    except TemplateError as error:
        message = str(error)
        raise TemplateError(message if message.startswith(place) else f"{place}.{message}") from error


def _sum(place: str, data: Any) -> SumCheck:
    _check_object(place, data, ("total", "parts"), required=("total", "parts"))
    parts = _expect(list, f"{place}.parts", data["parts"])
    names = tuple(_expect(str, f"{place}.parts[{index}]", part) for index, part in enumerate(parts))
    return SumCheck(_expect(str, f"{place}.total", data["total"]), names)


def _box(place: str, data: Any) -> Box:
    edges = _expect(list, place, data)
    if len(edges) != 4:
        raise TemplateError(f"{place} is {_shown(edges)}; expected left, top, right, bottom")
    left, top, right, bottom = (_pixels(f"{place}[{index}]", edge, 0) for index, edge in enumerate(edges))
    return left, top, right, bottom


def _cells(place: str, data: Any, box: Box) -> tuple[Box, ...]:
    if isinstance(data, list):
        count, cells = len(data), tuple(_box(f"{place}[{index}]", cell) for index, cell in enumerate(data))
    else:
        count, cells = _whole(place, data), ()
    if not 2 <= count <= _MOST_CELLS:
        raise TemplateError(f"{place} are {count}; expected 2 to {_MOST_CELLS}")
    if cells:
        return cells
    left, top, right, bottom = box
    edges = [left + round(index * (right - left) / count) for index in range(count + 1)]
    return tuple((edges[index], top, edges[index + 1], bottom) for index in range(count))


def _bound(place: str, data: Any) -> Bound:
    if isinstance(data, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", data, re.ASCII):
        try:
            return date.fromisoformat(data)
        except ValueError:
            raise TemplateError(f"{place} is {data!r}, which is no day of the calendar") from None
    if isinstance(data, int | Decimal | float) and not isinstance(data, bool):
        number = Decimal(str(data)) if isinstance(data, float) else data
        if not _is_of_usual_size(Decimal(number)):
            raise TemplateError(
                f"{place} is {_shown(data)}; expected a number of at most {_MOST_DIGITS} digits"
            )
        return number
    raise TemplateError(f"{place} is {_shown(data)}; expected a number, or a day as '2022-12-16'")


def _pixels(place: str, data: Any, least: int) -> int:
    number = _whole(place, data)
    if not least <= number <= _MOST_PIXELS:
        raise TemplateError(f"{place} is {_shown(data)}; expected {least} to {_MOST_PIXELS}")
    return number


def _whole(place: str, data: Any) -> int:
    """Return a whole number, which JSON may also write as 3.0."""
    if isinstance(data, Decimal | float) and _is_of_usual_size(number := Decimal(str(data))):
        data = int(number) if number == number.to_integral_value() else data
    return int(_expect(int, place, data))


def _is_of_usual_size(number: Decimal) -> bool:
    """Tell whether a number is finite and has few digits: 1e999999999 would be a thousand million of them."""
    return number.is_finite() and abs(number.adjusted()) < _MOST_DIGITS


def _expect(of: type, place: str, data: Any) -> Any:
    if not isinstance(data, of) or (of is int and isinstance(data, bool)):
        raise TemplateError(f"{place} is {_shown(data)}; expected {_TYPES[of]}")
    return data


def _check_object(place: str, data: Any, keys: tuple[str, ...], required: tuple[str, ...]) -> None:
    if not isinstance(data, Mapping):
        raise TemplateError(f"{place} is {_shown(data)}; expected an object")
    for key in data:
        if key not in keys:
            raise TemplateError(f"{place} has an unknown key {_shown(key)}; expected {', '.join(keys)}")
    for key in required:
        if key not in data:
            raise TemplateError(f"{place} lacks {key!r}")


def _shown(data: Any) -> str:
    text = repr(str(data)) if isinstance(data, Decimal) else repr(data)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _picture(blank: str, folder: Path | None) -> bytes:
    found = _DATA.match(blank)
    if found is not None:
        try:
            return base64.b64decode(blank[found.end() :], validate=True)
        except (binascii.Error, ValueError) as error:
            raise TemplateError(f"blank is no base64: {error}") from error
    if folder is None:
        raise TemplateError(
            f"blank is {_shown(blank)}; expected the picture itself, as data:image/png;base64,..."
        )
    try:
        return (folder / blank).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise TemplateError(f"blank is {_shown(blank)}, which cannot be read: {reason}") from error


def _field_to_dict(field: FieldPlace) -> dict[str, Any]:
    data: dict[str, Any] = {"name": field.name, "box": list(field.box), "kind": field.kind}
    if field.cells:
        data["cells"] = [list(cell) for cell in field.cells]
    for name in ("day_first", "decimal_mark", "pattern"):
        if getattr(field, name) is not None:
            data[name] = getattr(field, name)
    if field.choices is not None:
        data["choices"] = list(field.choices)
    for name in ("minimum", "maximum"):
        bound = getattr(field, name)
        if bound is not None:
            data[name] = bound.isoformat() if isinstance(bound, date) else _as_number(bound)
    return data


def _as_number(bound: Bound) -> int | float:
    number = Decimal(str(bound))
    return int(number) if number == number.to_integral_value() else float(number)
