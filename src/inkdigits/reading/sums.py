"""Cross-checks: fields of which one holds the sum of others.

A sum that is not right says that something was misread, or written wrongly, and not what. So nothing that was read is
replaced: the fields of such a sum are to be reviewed, and where exactly one of their next best readings makes it
right, that one comes first among the alternatives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from inkdigits.containers import Alternative, Field
from inkdigits.reading.templates import SumCheck

__all__ = ["check_sums"]

_Numbers = Mapping[str, Decimal | None]


def check_sums(fields: Sequence[Field], sums: Sequence[SumCheck]) -> tuple[Field, ...]:
    """Return named fields, in order, with those of wrong sums in review.

    An empty part counts as nothing; a sum whose total is empty, or of which a field was rejected, is not checked. A
    reading whose value cannot be told does not add up; the one of its values that does comes first.
    """
    by_name = {field.name: field for field in fields if field.name is not None}
    numbers = {name: _number(field) for name, field in by_name.items()}
    checked = [
        check
        for check in sums
        if by_name[check.total].status != "empty"
        and all(by_name[name].status != "rejected" for name in (check.total, *check.parts))
    ]
    wrong = [check for check in checked if not _adds_up(check, numbers)]
    favored = {
        name: alternative
        for check in wrong
        if (found := _restoring(check, checked, by_name, numbers)) is not None
        for name, alternative in (found,)
    }
    doubtful = {name for check in wrong for name in (check.total, *check.parts)}
    return tuple(
        _reviewed(field, favored.get(field.name or "")) if field.name in doubtful else field
        for field in fields
    )


def _number(field: Field) -> Decimal | None:
    """Return the number that a field holds, 0 for an empty one, None where that cannot be told."""
    if field.status == "empty":
        return Decimal(0)
    return _as_decimal(field.value)


def _as_decimal(value: object) -> Decimal | None:
    return Decimal(value) if isinstance(value, int | Decimal) else None


def _adds_up(check: SumCheck, numbers: _Numbers) -> bool:
    total, parts = numbers[check.total], [numbers[name] for name in check.parts]
    if total is None or None in parts:
        return False
    return sum((part for part in parts if part is not None), Decimal(0)) == total


def _restoring(
    check: SumCheck, checked: Sequence[SumCheck], fields: Mapping[str, Field], numbers: _Numbers
) -> tuple[str, Alternative] | None:
    """Return the one alternative, with its field's name, that makes a sum right; None where none does, or several.

    Of several, one that makes right all sums that its field is in is the one, if no other does.
    """
    found: list[tuple[str, Alternative]] = []
    for name in (check.total, *check.parts):
        for alternative in fields[name].alternatives:
            number = _as_decimal(alternative.value)
            if number is not None and _adds_up(check, {**numbers, name: number}):
                found.append((name, alternative))
    if len(found) > 1:
        found = [
            (name, alternative)
            for name, alternative in found
            if all(
                _adds_up(other, {**numbers, name: _as_decimal(alternative.value)})
                for other in checked
                if name in (other.total, *other.parts)
            )
        ]
    return found[0] if len(found) == 1 else None


def _reviewed(field: Field, favored: Alternative | None) -> Field:
    if field.status == "ok":
        field = replace(field, status="review")
    if favored is None:
        return field
    others = tuple(alternative for alternative in field.alternatives if alternative is not favored)
    return replace(field, alternatives=(favored, *others))
