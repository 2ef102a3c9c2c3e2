"""Pictures with their labels: folders of a class each, a table of paths and labels, a server's saved corrections."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

from inkdigits.errors import DataError

__all__ = ["is_corrections", "is_label_table", "list_labeled", "trim_labels"]

_COLUMNS = {"path", "label"}


def list_labeled(source: Path) -> tuple[list[tuple[Path, str]], list[str]]:
    """Return pictures with their labels as they stand, and a line for each thing that is left out.

    source: a folder of folders, one a class; a CSV file with the columns path and label, paths as seen from its folder;
    or the unpacked archive of a server's corrections, of which single symbols are taken. Hidden files are left out.

    Raise DataError where it is none of these; OSError passes.
    """
    if source.is_file():
        if source.suffix.lower() != ".csv":
            raise DataError(f"{source} is no folder and no .csv; unpack an archive, and give its folder")
        return list(_rows(source)), []
    if not source.is_dir():
        raise DataError(f"{source} does not exist; expected a folder or a CSV of path,label")
    if not is_corrections(source):
        return _in_folders(source)
    table = _table_of(source)
    listed, skipped = _in_folders(source / "digits") if (source / "digits").is_dir() else ([], [])
    for path, label in _rows(table) if table.is_file() else ():
        if len(label.strip()) == 1:
            listed.append((path, label.strip()))
        else:
            skipped.append(f"{path}: {label!r} is more than one symbol")
    return listed, skipped


def is_corrections(folder: Path) -> bool:
    """Tell whether a folder is the unpacked archive of a server's corrections."""
    folders = {path.name for path in folder.iterdir() if path.is_dir()}
    return folders <= {"digits", "fields"} and ("digits" in folders or _table_of(folder).is_file())


def is_label_table(start: bytes) -> bool:
    """Tell whether a file that begins with ``start`` is a CSV file with the columns path and label."""
    first = start.decode("utf-8-sig", "replace").splitlines()[:1]
    return any(set(row) >= _COLUMNS for row in csv.reader(first))


def trim_labels(labels: Sequence[str], sources: Sequence[str]) -> list[str]:
    """Return labels without the spaces around them, in one spelling of Unicode (NFC).

    Raise DataError, naming the source of the first, for an empty label; and for labels that only then are the same.
    """
    trimmed = [unicodedata.normalize("NFC", label.strip()) for label in labels]
    spelled: dict[str, str] = {}
    for label, text, source in zip(labels, trimmed, sources, strict=True):
        if not text:
            raise DataError(f"{source} has an empty label; expected what is written there")
        if spelled.setdefault(text, label) != label:
            raise DataError(
                f"the labels {spelled[text]!r} and {label!r} are the same once trimmed; rename one, or join them"
            )
    return trimmed


def _table_of(folder: Path) -> Path:
    return folder / "fields" / "labels.csv"


def _in_folders(folder: Path) -> tuple[list[tuple[Path, str]], list[str]]:
    visible = [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]
    loose = [
        f"{path}: beside the folders of the classes, not in one" for path in visible if not path.is_dir()
    ]
    classes = {
        each: [path for path in sorted(each.iterdir()) if not path.name.startswith(".")]
        for each in visible
        if each.is_dir()
    }
    bare = [f"{each}: a folder without pictures" for each, pictures in classes.items() if not pictures]
    listed = [(path, each.name) for each, pictures in classes.items() for path in pictures]
    return listed, loose + bare


def _rows(table: Path) -> Iterator[tuple[Path, str]]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            if not set(reader.fieldnames or ()) >= _COLUMNS:
                raise DataError(f"{table} has the columns {reader.fieldnames}; expected path and label")
            for row in reader:
                if not row["path"] or row["label"] is None:
                    raise DataError(f"{table} line {reader.line_num} lacks its path or its label")
                yield table.parent / row["path"], row["label"]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table} is no CSV in UTF-8: {error}") from error
