"""What the options of fields are made of: a file of choices, bounds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from inkdigits.errors import UsageError

__all__ = ["bound", "lines_of"]


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
