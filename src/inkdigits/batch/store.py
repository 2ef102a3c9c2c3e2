"""The folder that a batch writes: parts while it runs, files of rows in the end, and a manifest that says what is done.

    OUTPUT/manifest.json       what is read, how, and by which models; "finished" once all rows are there
    OUTPUT/rows-00000.parquet  the rows of so many parts, in the order of the items
    OUTPUT/_work/items.parquet  the plan: which item is in which part
    OUTPUT/_work/part-0000000.parquet
    OUTPUT/_work/lock
    OUTPUT/.plan               the plan of what is finished, where rows are errors that may be read again

Each file appears whole or not at all. A part that is there is done; once a file of rows is there, its parts go.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from filelock import FileLock, Timeout

from inkdigits.batch.inputs import Item
from inkdigits.batch.rows import CSV_SCHEMA, SCHEMA, to_csv_rows
from inkdigits.errors import OutputError, UsageError
from inkdigits.files import explain_write_error, write_whole

__all__ = [
    "PARTS_A_FILE",
    "FileFormat",
    "Part",
    "Store",
    "read_rows",
    "write_part",
    "write_plan",
    "write_rows",
]

# What the manifest knows by its digest alone.
_VERSIONS = ("inkdigits", "models")
_DIGESTS = {"list": "list", "template": "template, or another picture of its blank form", "model": "model"}

FileFormat = Literal["parquet", "csv"]
PARTS_A_FILE = 256
_MANIFEST = "manifest.json"
_WORK, _LOCK = "_work", "lock"  # as the underscore says, no part of a data set of Parquet files
_UNFINISHED = (".manifest.json.", ".plan.", ".rows-", ".summary.")  # what a kill may leave
_ITEMS = pa.schema(
    [
        ("part", pa.int64()),
        ("source", pa.string()),
        ("location", pa.binary()),  # names of files need not be UTF-8
        ("row", pa.int64()),
        ("first", pa.int64()),
        ("last", pa.int64()),
        ("error", pa.string()),
    ]
)

Part = tuple[int, list[Item]]
"""A part's number, from 0, and its items."""


class Store:
    """An output folder, held by one process at a time; to be closed."""

    def __init__(self, folder: Path, format: FileFormat) -> None:
        """Take the folder, which is made where it is missing.

        Raises OutputError where it cannot be written, holds something else, or is in use.
        """
        self.folder = folder
        self.format: FileFormat = format
        self._work = folder / _WORK
        try:
            if not self._is_ours():
                raise OutputError(f"{folder} holds other files; choose a new or an empty folder")
            self._is_new = not folder.exists()
            self._work.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self._work / _LOCK)
            self._lock.acquire(timeout=0)
            for path in folder.iterdir():
                if path.name.startswith(_UNFINISHED):
                    path.unlink(missing_ok=True)
        except Timeout as error:
            raise OutputError(
                f"another batch is writing to {folder}; wait for it, or choose another folder"
            ) from error
        except OSError as error:
            raise _as_output_error(folder, error) from error

    def _is_ours(self) -> bool:
        """Whether nothing is there, or a batch is, even one that was killed before it had a manifest."""
        names = {path.name for path in self.folder.iterdir()} if self.folder.is_dir() else set()
        if not names or _MANIFEST in names:
            return True
        others = {name for name in names if not name.startswith(_UNFINISHED)}
        inside = {path.name for path in self._work.iterdir()} if self._work.is_dir() else set()
        return others == {_WORK} and (_LOCK in inside or not inside)

    def require_rows(self) -> None:
        """Raise OutputError where a file of rows of a finished batch is gone."""
        count = (self.manifest or {}).get("parts", 0)
        gone = [
            path
            for path in (self.rows_file(number) for number in range(-(-count // PARTS_A_FILE)))
            if not path.exists()
        ]
        if gone:
            raise OutputError(
                f"{gone[0]} is gone from a finished batch; put it back, or choose another folder"
            )

    def close(self) -> None:
        """Let others have the folder; what is no longer needed goes once all is done, or if nothing was begun."""
        try:
            is_begun = (self.folder / _MANIFEST).exists()
            if not is_begun or (self.is_finished and not self.again.exists()):
                # While it is locked: another's plan might go.
                shutil.rmtree(self._work, ignore_errors=True)
            if not is_begun and self._is_new:
                with suppress(OSError):
                    self.folder.rmdir()
        finally:
            self._lock.release()

    @property
    def manifest(self) -> dict[str, Any] | None:
        """What manifest.json says; None where there is none yet. Raises OutputError where it is damaged."""
        path = self.folder / _MANIFEST
        if not path.is_file():
            return None
        try:
            return dict(json.loads(path.read_text()))
        except (OSError, ValueError) as error:
            raise OutputError(f"{path} cannot be read: {error}; choose another folder") from error

    @property
    def again(self) -> Path:
        """The folder in which errors of a finished batch are read again; it is there while that goes on."""
        return self._work / "again"

    @property
    def plan_file(self) -> Path:
        """Where the plan of a finished batch is, if some rows are errors."""
        return self.folder / ".plan"

    @property
    def is_finished(self) -> bool:
        """Whether all rows are there."""
        manifest = self.manifest
        return manifest is not None and manifest.get("finished") is True

    def begin(self, about: Mapping[str, Any], parts: Sequence[Part]) -> None:
        """Write the plan, then the manifest: from then on the same batch goes on here."""
        write_plan(self._work / "items.parquet", parts)
        self._write_manifest({**about, "parts": len(parts), "finished": False})

    def forget_again(self) -> None:
        """Remove what was left of reading errors again, at one stroke. Raises OutputError."""
        gone = self._work / "gone"
        shutil.rmtree(gone, ignore_errors=True)
        try:
            if self.again.exists():
                self.again.rename(gone)
        except OSError as error:
            raise _as_output_error(self.folder, error) from error
        shutil.rmtree(gone, ignore_errors=True)

    def require_same(self, about: Mapping[str, Any]) -> None:
        """Raise UsageError where what was begun here differs from ``about``, and say in what.

        A finished batch may be of another version, of which its rows tell.
        """
        manifest = self.manifest or {}
        for name, value in about.items():
            if name in _VERSIONS and self.is_finished:
                continue
            begun = manifest.get(name)
            if begun == value:
                continue
            same_kind = name in _DIGESTS and begun is not None and value is not None
            differs = (
                f"another {_DIGESTS[name]}" if same_kind else f"{name} {begun!r}, and now it is {value!r}"
            )
            raise UsageError(
                f"{self.folder} was begun with {differs}; give the same, or choose another folder"
            )

    def parts(self) -> list[Part]:
        """Return the plan. Raises OutputError where it cannot be read, or was not kept."""
        path = self.plan_file if self.is_finished else self._work / "items.parquet"
        try:
            with pq.ParquetFile(path) as file:  # by name, read_table would leave a hidden file out
                rows = file.read().to_pylist()
        except (OSError, ValueError) as error:
            raise OutputError(f"the plan {path} cannot be read: {error}") from error
        parts: list[Part] = []
        for row in rows:
            number = row.pop("part")
            while number >= len(parts):
                parts.append((len(parts), []))
            parts[number][1].append(Item(**row | {"location": os.fsdecode(row["location"])}))
        return parts

    def is_done(self, number: int) -> bool:
        """Tell whether a part's rows are there, as a part or in a file of rows."""
        return _part_file(self.folder, number).exists() or self.rows_file(number // PARTS_A_FILE).exists()

    def write_part(self, number: int, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write a part's rows, which makes it done. Raises OutputError."""
        write_part(self.folder, number, rows)

    def gather(self, count: int, *, only: int | None = None) -> None:
        """Join parts, of ``count`` in all, to files of rows where all parts of a file are done.

        only: the number of a part whose file alone is looked at.
        """
        files = range(-(-count // PARTS_A_FILE)) if only is None else [only // PARTS_A_FILE]
        for number in files:
            path = self.rows_file(number)
            numbers = range(number * PARTS_A_FILE, min(count, (number + 1) * PARTS_A_FILE))
            sources = [_part_file(self.folder, part) for part in numbers]
            if not path.exists():
                if not all(source.exists() for source in sources):
                    continue
                write_rows(path, self.format, map(_read_part, sources))
            for source in sources:
                source.unlink(missing_ok=True)

    def finish(self, *, keep_plan: bool = False) -> None:
        """Say that all is done.

        keep_plan: keep the plan, by which errors can be read again.
        """
        if not keep_plan:
            self.plan_file.unlink(missing_ok=True)
        elif not self.is_finished:
            write_whole(self.plan_file, (self._work / "items.parquet").read_bytes())
        self._write_manifest({**(self.manifest or {}), "finished": True})

    def tables(self) -> Iterator[pa.Table]:
        """Yield the rows that there are, a part or a group of rows at a time: status, confidence, source."""
        for path in sorted(self._work.glob("part-*.parquet")):
            yield _read_part(path)
        for path in self._rows_files():
            yield from read_rows(path)

    def files(self) -> Iterator[pa.Table]:
        """Yield the rows of each file of rows."""
        for path in self._rows_files():
            yield pa.concat_tables(read_rows(path))

    def _rows_files(self) -> list[Path]:
        return sorted(self.folder.glob(f"rows-*.{self.format}"))

    def rows_file(self, number: int) -> Path:
        """Return where the rows of so many parts are, from 0."""
        return self.folder / f"rows-{number:05d}.{self.format}"

    def _write_manifest(self, manifest: Mapping[str, Any]) -> None:
        write_whole(self.folder / _MANIFEST, (json.dumps(manifest, indent=2) + "\n").encode())


def write_part(folder: Path, number: int, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a part's rows into an output folder that a ``Store`` holds, here or elsewhere. Raises OutputError."""
    _write_table(pa.Table.from_pylist(list(rows), SCHEMA), _part_file(folder, number))


def write_plan(path: Path, parts: Sequence[Part]) -> None:
    """Write which item is in which part. Raises OutputError."""
    columns: dict[str, list[Any]] = {name: [] for name in _ITEMS.names}
    for number, items in parts:
        for item in items:
            columns["part"].append(number)
            for each in fields(Item):
                value = getattr(item, each.name)
                columns[each.name].append(os.fsencode(value) if each.name == "location" else value)
    _write_table(pa.table(columns, _ITEMS), path)


def write_rows(path: Path, format: FileFormat, tables: Iterable[pa.Table]) -> None:
    """Write a file of rows, of tables as ``read_rows`` yields them, or for CSV of SCHEMA, too. Raises OutputError."""
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with temporary.open("wb") as file:
            if format == "parquet":
                with pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
                    for table in tables:
                        writer.write_table(table)
            else:
                with pyarrow.csv.CSVWriter(file, CSV_SCHEMA) as writer:
                    for table in tables:
                        writer.write_table(_as_csv(table))
            file.flush()
            os.fsync(file.fileno())  # the parts go now
        temporary.replace(path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise _as_output_error(path, error) from error


def read_rows(path: Path) -> Iterator[pa.Table]:
    """Yield the rows of a file of rows, a group at a time."""
    if path.suffix == ".parquet":
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                yield file.read_row_group(group)
    else:
        convert = pyarrow.csv.ConvertOptions(
            column_types=CSV_SCHEMA, strings_can_be_null=True, quoted_strings_can_be_null=False
        )
        parse = pyarrow.csv.ParseOptions(newlines_in_values=True)  # as names of files may hold
        with pyarrow.csv.open_csv(path, convert_options=convert, parse_options=parse) as reader:
            for batch in reader:
                yield pa.Table.from_batches([batch])


def _part_file(folder: Path, number: int) -> Path:
    return folder / _WORK / f"part-{number:07d}.parquet"


def _read_part(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (OSError, ValueError) as error:
        raise OutputError(
            f"{path} cannot be read: {error}; remove it, and the same command reads its files again"
        ) from error


def _as_csv(table: pa.Table) -> pa.Table:
    if table.schema.equals(CSV_SCHEMA):
        return table
    return pa.Table.from_pylist(to_csv_rows(table.to_pylist()), CSV_SCHEMA)


def _write_table(table: pa.Table, path: Path) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    write_whole(path, sink.getvalue().to_pybytes())


def _as_output_error(path: Path, error: OSError) -> OutputError:
    return error if isinstance(error, OutputError) else OutputError(explain_write_error(path, error))
