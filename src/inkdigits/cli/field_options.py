"""The options that say what a field may hold, for each command that reads fields."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from inkdigits.errors import UsageError

if TYPE_CHECKING:
    from inkdigits.reading.options import ReadOptions

__all__ = [
    "Choices",
    "DayFirst",
    "DecimalMark",
    "Maximum",
    "Minimum",
    "OkFrom",
    "Pattern",
    "RejectedFrom",
    "bound",
    "lines_of",
    "read_options",
]

DayFirst = Annotated[
    bool | None,
    typer.Option("--day-first/--month-first", help="How 03/04/22 is meant.", show_default="not known"),
]
DecimalMark = Annotated[
    Literal[".", ","] | None, typer.Option(help="The mark before decimals.", show_default="not known")
]
Pattern = Annotated[
    str | None,
    typer.Option(help="A regular expression that each text matches, such as '[0-9]{5}'.", show_default=False),
]
Choices = Annotated[
    Path | None, typer.Option(help="A file with the texts that may be, one a line.", show_default=False)
]
Minimum = Annotated[
    str | None, typer.Option(help="The least value: a number, or a day as 2022-12-16.", show_default=False)
]
Maximum = Annotated[str | None, typer.Option(help="The greatest value.", show_default=False)]

OkFrom = Annotated[
    float, typer.Option(min=0, max=1, help="From which confidence on a reading is ok; below it, review.")
]
RejectedFrom = Annotated[
    float,
    typer.Option(
        min=0, max=1, help="From which probability on, that ink is no number, it is rejected; below it, read."
    ),
]


def read_options(
    day_first: bool | None,
    decimal_mark: Literal[".", ","] | None,
    pattern: str | None,
    choices: Path | None,
    minimum: str | None,
    maximum: str | None,
) -> ReadOptions:
    """Return the options as the reader takes them; raise UsageError for a file or a bound that cannot be meant."""
    return {
        "day_first": day_first,
        "decimal_mark": decimal_mark,
        "pattern": pattern,
        "choices": None if choices is None else lines_of(choices),
        "minimum": bound("--minimum", minimum),
        "maximum": bound("--maximum", maximum),
    }


def lines_of(path: Path) -> list[str]:
    """Return the texts of a file, one a line; raise UsageError where there are none."""
    try:
        texts = [line.strip() for line in path.read_text("utf-8-sig").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as text: {error}") from error
    if not any(texts):
        raise UsageError(f"{path} has no texts; expected one a line")
    return [text for text in texts if text]


def bound(name: str, text: str | None) -> Decimal | date | None:
    """Return what the option ``name`` was given as, a number or a day; raise UsageError for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text) if text.count("-") == 2 else Decimal(text)
    except (ValueError, InvalidOperation):
        raise UsageError(f"{name} is {text!r}; expected a number, or a day as 2022-12-16") from None
