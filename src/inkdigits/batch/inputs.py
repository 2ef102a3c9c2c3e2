"""What a batch is to read: a folder, a list, or an address -> items in a fixed order, each once."""

from __future__ import annotations

import csv
import os
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from inkdigits.batch.rows import printable
from inkdigits.errors import DataError, ImageError, MissingExtraError, UsageError
from inkdigits.reading import open_document

__all__ = ["SUFFIXES", "Item", "is_list", "list_items", "read_item", "split_documents"]

SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".pgm", ".pbm", ".ppm", ".pdf"}
    | {".heic", ".heif", ".avif", ".mpo"}
)
"""Of the files of a folder that are read; others are not pictures, and are counted."""

_OF_PAGES = frozenset({".pdf", ".tif", ".tiff"})
_LISTS = frozenset({".csv", ".parquet"})
_REVIEWED = re.compile(r"[0-9a-f]{32}\.png")  # a picture that a batch keeps for review
_ROWS_AT_ONCE = 16
_BUFFER_BYTES = 1 << 20


@dataclass(frozen=True)
class Item:
    """A piece of work: one file, one row of bytes in a list, or some pages of a document.

    source: what the rows call it; bytes of a name that are no UTF-8 are escaped. location: its path, absolute, or its
    address, or the list's. row: of the list, from 0.
    first, last: which pages, from 1, both included; None: all. error: why it cannot be read, where that is known.
    """

    source: str
    location: str
    row: int | None = None
    first: int | None = None
    last: int | None = None
    error: str | None = None


def is_list(source: str) -> bool:
    """Tell whether a source is a list of what there is to read: a .csv or .parquet file here."""
    path = Path(source)
    return "://" not in source and path.suffix.lower() in _LISTS and path.is_file()


def list_items(source: str) -> tuple[list[Item], int]:
    """Return what there is to read, sorted by name or in a list's order, each once, and how many files are left out.

    source: a folder, which is gone through with all below it; a .csv or .parquet list with a column ``path`` (taken
        from the list's folder where relative), or, in Parquet, ``bytes``; an address that fsspec knows, such as
        s3://bucket/scans; or one image or PDF. Hidden files, files that are no pictures, and folders below
        that a batch wrote are left out; the second are counted. A folder that cannot be opened is an item with an
        error.

    Raises UsageError where there is nothing, DataError for a list that cannot be read, MissingExtraError where an
    address needs a package that is not installed.
    """
    if not source:
        raise UsageError("the input is an empty text; expected a folder, a list, an image or an address")
    if "://" in source:
        items, others = _in_storage(source)
    elif (path := Path(source)).is_dir():
        items, others = _in_folder(path)
    elif is_list(source):
        items, others = list(_in_list(path)), 0
    elif path.is_file():
        items, others = [_file(source)], 0
    else:
        raise UsageError(
            f"{source} does not exist; expected a folder, a list (.csv, .parquet), an image or an address"
        )
    once = {(item.location, item.row): item for item in reversed(items)}
    items = list(reversed(once.values()))
    if not items:
        raise UsageError(f"{source} holds no images; {others} files are of other kinds")
    return items, others


def list_again(item: Item) -> list[Item]:
    """Return what there is to read where an item failed: itself, or what is in a folder that could not be opened."""
    if item.error is None or "://" in item.location or not Path(item.location).is_dir():
        return [item]
    items, _ = _in_folder(Path(item.location))
    above = len(printable(item.location))
    return [replace(each, source=item.source + each.source[above:]) for each in items]


def split_documents(items: Iterable[Item], pages: int) -> Iterator[Item]:
    """Yield items of at most so many pages: a long document becomes several, where its pages can be counted."""
    for item in items:
        if item.row is not None or item.error or Path(item.location).suffix.lower() not in _OF_PAGES:
            yield item
            continue
        try:
            with open_document(read_item(item)) as document:
                count = len(document)
        except (ImageError, MissingExtraError, OSError):
            yield item  # reading it will tell what is wrong
            continue
        for first in range(1, count + 1, pages):
            yield replace(item, first=first, last=min(count, first + pages - 1))


def read_item(item: Item) -> str | bytes:
    """Return what ``open_document`` takes for an item: its path, or its bytes.

    Raises ImageError where a list's row or an address cannot be read, or where the path is a pipe, say, which might
    never end.
    """
    try:
        if item.row is not None:
            return _row_bytes(item.location, item.row)
        if "://" in item.location:
            return _fetch(item)
        if Path(item.location).exists() and not Path(item.location).is_file():
            raise ImageError(f"{item.source} is a folder, a pipe or a device; expected a file")
    except (OSError, ValueError) as error:
        raise ImageError(f"{item.source} cannot be read: {error}") from error
    return item.location


def _fetch(item: Item) -> bytes:
    """Return the bytes at an address; raise ImageError for whatever the storage's package raises."""
    file_system, path = _file_system(item.location)
    try:
        return bytes(file_system.cat_file(path))
    except Exception as error:  # each package has errors of its own
        raise ImageError(f"{item.source} cannot be read: {type(error).__name__}: {error}") from error


def _file(path: str) -> Item:
    """Return the item of a file here. It is found from any folder, and on the other machines of a cluster."""
    return Item(printable(path), str(Path(path).absolute()))


def _in_folder(folder: Path) -> tuple[list[Item], int]:
    items: list[Item] = []
    others = 0

    def note(error: OSError) -> None:
        item = _file(str(error.filename))
        items.append(replace(item, error=f"the folder cannot be opened: {error.strerror}"))

    for root, folders, files in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if Path(root) != folder and _is_of_a_batch(files):
            folders[:] = []
            continue
        for name in sorted(files):
            if name.startswith("."):
                continue
            if Path(name).suffix.lower() in SUFFIXES:
                items.append(_file(str(Path(root) / name)))
            else:
                others += 1
    return items, others


def _is_of_a_batch(files: Sequence[str]) -> bool:
    """Tell whether a folder with these files is one that a batch wrote: its rows, or pictures for review."""
    named = set(files)
    rows = "manifest.json" in named and any(name.startswith("rows-") for name in named)
    return rows or any(
        _REVIEWED.fullmatch(name) and name.removesuffix(".png") + ".json" in named for name in named
    )


def _in_storage(address: str) -> tuple[list[Item], int]:
    file_system, root = _file_system(address)
    try:
        places = sorted(file_system.find(root))
    except Exception as error:  # each storage's package has errors of its own
        raise UsageError(f"{address} cannot be listed: {type(error).__name__}: {error}") from error
    names = [place for place in places if not Path(place).name.startswith(".")]
    chosen = [place for place in names if Path(place).suffix.lower() in SUFFIXES]
    full = [file_system.unstrip_protocol(place) for place in chosen]
    return [Item(place, place) for place in full], len(names) - len(chosen)


def _file_system(address: str) -> tuple[Any, str]:
    try:
        import fsspec
    except ModuleNotFoundError as error:
        raise MissingExtraError("batch", "fsspec") from error
    try:
        file_system, path = fsspec.core.url_to_fs(address)
    except ImportError as error:
        protocol = address.partition("://")[0]
        raise UsageError(f"{address}: fsspec's package for {protocol} is not installed: {error}") from error
    except ValueError as error:
        raise UsageError(f"{address}: {error}") from error
    return file_system, str(path)


def _in_list(path: Path) -> Iterator[Item]:
    names, rows = _csv_paths(path) if path.suffix.lower() == ".csv" else _parquet_paths(path)
    if names is None:
        list_file = _file(str(path))
        yield from (Item(f"{list_file.source}#{row}", list_file.location, row) for row in range(rows))
        return
    for row, name in enumerate(names):
        if not name:
            yield Item(f"{path}#{row}", f"{path}#{row}", error="the list names no path here")
        elif "://" in name:
            yield Item(name, name)
        else:
            yield _file(os.path.normpath(path.parent / name))


def _csv_paths(path: Path) -> tuple[list[str | None], int]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if "path" not in (reader.fieldnames or ()):
                raise DataError(
                    f"{path} has the columns {', '.join(reader.fieldnames or ())}; expected one called path"
                )
            names: list[str | None] = [row["path"] for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as CSV: {error}") from error
    return names, len(names)


def _parquet_paths(path: Path) -> tuple[list[str | None] | None, int]:
    """Return the paths, or None where the rows hold bytes, and how many rows there are."""
    try:
        with pq.ParquetFile(path) as file:
            columns = file.schema_arrow.names
            if "path" in columns:
                names = file.read(columns=["path"]).column("path").to_pylist()
                return [None if name is None else str(name) for name in names], len(names)
            if "bytes" in columns:
                kind = file.schema_arrow.field("bytes").type
                if not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
                    raise DataError(f"the column bytes of {path} holds {kind}; expected binary")
                return None, file.metadata.num_rows
    except DataError:
        raise
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as Parquet: {error}") from error
    raise DataError(f"{path} has the columns {', '.join(columns)}; expected one called path or bytes")


def _row_bytes(path: str, row: int) -> bytes:
    """Return the bytes of one row; the list that was read last stays open, since rows come in order."""
    if path not in _open_lists:
        _open_lists.clear()
        _open_lists[path] = _ByteRows(path)
    value = _open_lists[path].read(row)
    if value is None:
        raise ValueError("the list holds no bytes there")
    return bytes(value)


class _ByteRows:
    """The bytes in a Parquet list, read forward and a few rows at a time: one group of rows may be all there are."""

    def __init__(self, path: str) -> None:
        # A buffer makes Parquet read a column page by page, not as a whole.
        self._file = pq.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False)
        groups = [self._file.metadata.row_group(group).num_rows for group in range(self._file.num_row_groups)]
        self._starts = [0, *accumulate(groups)]
        self._group = -1
        self._batches: Iterator[Any] = iter(())
        self._first = 0  # row of those in memory
        self._values: list[Any] = []

    def read(self, row: int) -> Any:
        """Return what row ``row`` holds; raise ValueError where there is none."""
        if not 0 <= row < self._starts[-1]:
            raise ValueError(f"the list has {self._starts[-1]} rows")
        group = bisect_right(self._starts, row) - 1
        if group != self._group or row < self._first:
            self._group = group
            self._batches = self._file.iter_batches(_ROWS_AT_ONCE, row_groups=[group], columns=["bytes"])
            self._first, self._values = self._starts[group], []
        while row >= self._first + len(self._values):
            self._first += len(self._values)
            self._values = next(self._batches).column(0).to_pylist()
        return self._values[row - self._first]


_open_lists: dict[str, _ByteRows] = {}  # one at most, in each process
