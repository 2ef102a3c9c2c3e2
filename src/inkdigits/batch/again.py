"""What ended in an error, read again: a small batch inside a finished one, whose rows take the places of the errors.

    OUTPUT/_work/again/          a batch as ``store`` keeps it, of what ended in an error alone
    OUTPUT/_work/again/merged/   the files of rows that change, and the plan, as they are to be

What is stopped goes on: either the small batch is not finished, or what is left in ``merged`` is put into its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import pyarrow as pa
import pyarrow.compute as pc

from inkdigits.batch.inputs import Item, list_again
from inkdigits.batch.rows import SCHEMA
from inkdigits.batch.store import PARTS_A_FILE, Part, Store, write_plan, write_rows
from inkdigits.batch.summary import Summary
from inkdigits.errors import OutputError
from inkdigits.files import explain_write_error

__all__ = ["read_again"]

Split = Callable[[Iterable[Item]], Iterable[Item]]
MakeParts = Callable[[Iterable[Item]], list[Part]]
ReadAll = Callable[[Store, list[Part]], Summary]


def read_again(store: Store, split: Split, make_parts: MakeParts, read_all: ReadAll) -> Summary:
    """Read again what ended in an error in a finished batch, and return the counts of what was read now.

    ``store.forget_again`` is to be called after it; until then the same call changes nothing.

    split: makes pieces of documents. make_parts: plans them. read_all: reads what is not done of a store's parts.

    Raises OutputError where something cannot be written, or where the batch kept no plan, and what ``read_all`` raises.
    """
    small = Store(store.again, "parquet")
    summary = Summary()
    try:
        if small.manifest is None:
            new = [_items_now(place.items, split) for place in _failed(store)]
            small.begin({"items": [len(items) for items in new]}, make_parts(chain.from_iterable(new)))
        if not small.is_finished:
            summary = read_all(small, small.parts())
            _merge(store, small)
            small.finish()
    finally:
        small.close()
    _put_in_place(store)
    return summary


@dataclass(frozen=True)
class _Place:
    """Where the rows of an item are in their file; of several items where no row tells them apart."""

    items: Sequence[Item]
    first: int
    end: int
    is_error: bool


def _items_now(items: Iterable[Item], split: Split) -> list[Item]:
    """Return what to read: a folder may open now, and a document may show how many pages it has."""
    listed = chain.from_iterable(map(list_again, items))
    return [piece for item in listed for piece in ([item] if item.first else split([item]))]


def _failed(store: Store) -> Iterator[_Place]:
    parts = store.parts()
    for number, table in enumerate(store.files()):
        items = [item for _, part in _parts_of_file(parts, number) for item in part]
        yield from (place for place in _places(table, _tell_apart(items)) if place.is_error)


def _parts_of_file(parts: Sequence[Part], number: int) -> Sequence[Part]:
    return parts[number * PARTS_A_FILE : (number + 1) * PARTS_A_FILE]


def _tell_apart(items: Iterable[Item]) -> list[list[Item]]:
    """Return items in groups of one, but for neighbors that rows call the same, as odd names of files may be."""
    groups: list[list[Item]] = []
    for item in items:
        before = groups[-1][-1] if groups else None
        if before and before.source == item.source and before.location != item.location:
            groups[-1].append(item)
        else:
            groups.append([item])
    return groups


def _places(table: pa.Table, groups: Iterable[Sequence[Item]]) -> Iterator[_Place]:
    """Yield where each group's rows are in a table that holds the rows of all groups, in order."""
    sources, pages = table.column("source").to_pylist(), table.column("page").to_pylist()
    errors = pc.equal(table.column("status"), "error").to_pylist()
    row = 0
    for items in groups:
        pieces: dict[str, list[Item]] = {}
        for item in items:
            pieces.setdefault(item.source, []).append(item)
        first = row
        while row < len(sources) and any(_has(item, pages[row]) for item in pieces.get(sources[row], ())):
            row += 1
        if row == first and items:
            raise OutputError(
                f"{items[0].source} has no rows where the plan says; read it into another folder"
            )
        yield _Place(items, first, row, any(errors[first:row]))
    if row < len(sources):
        raise OutputError(f"{sources[row]} has rows where the plan has none; read it into another folder")


def _has(item: Item, page: int | None) -> bool:
    return item.first is None or page is None or item.first <= page <= (item.last or page)


def _merge(store: Store, small: Store) -> None:
    """Write the files of rows, and the plan, as they are to be."""
    merged = store.again / "merged"
    try:
        merged.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(explain_write_error(merged, error)) from error
    replacements = _replacements(small)
    parts = store.parts()
    for number, table in enumerate(store.files()):
        items = [(part, item) for part, items in _parts_of_file(parts, number) for item in items]
        tables: list[pa.Table] = []
        planned: list[tuple[int, Item]] = []
        done = taken = 0
        for place in _places(table, _tell_apart(item for _, item in items)):
            after = taken + len(place.items)
            if place.is_error:
                now, rows = next(replacements)
                tables += [table.slice(done, place.first - done), rows]
                done = place.end
                planned += [(items[taken][0], item) for item in now]
            else:
                planned += items[taken:after]
            taken = after
        if tables:
            write_rows(merged / store.rows_file(number).name, store.format, [*tables, table.slice(done)])
            for _, part in _parts_of_file(parts, number):
                part.clear()
            for number_of_part, item in planned:
                parts[number_of_part][1].append(item)
    write_plan(merged / store.plan_file.name, parts)


def _replacements(small: Store) -> Iterator[tuple[Sequence[Item], pa.Table]]:
    """Yield, for each place that was an error, its items as they are now, and their rows."""
    items = (item for _, part in small.parts() for item in part)
    groups = [list(islice(items, count)) for count in (small.manifest or {})["items"]]
    table = pa.concat_tables([SCHEMA.empty_table(), *small.files()])
    for place in _places(table, groups):
        yield place.items, table.slice(place.first, place.end - place.first)


def _put_in_place(store: Store) -> None:
    try:
        for path in sorted((store.again / "merged").iterdir()):
            path.replace(store.folder / path.name)
    except OSError as error:
        raise OutputError(explain_write_error(store.folder, error)) from error
