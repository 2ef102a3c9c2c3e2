"""Kaggle's Digit Recognizer files: a row an image, label,pixel0,...,pixel783, plain or gzipped.

42,000 rows are 33 million numbers, so numbers are parsed in numpy, a block of rows at a time: 0.4 s in all.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigits.datasets.content import CHUNK_BYTES, open_content
from inkdigits.datasets.data_set import IMAGE_SIZE, DataSet, Split, hold_out
from inkdigits.errors import DataError

__all__ = ["load_kaggle"]

_PIXELS = IMAGE_SIZE * IMAGE_SIZE
_UNLABELED = tuple(f"pixel{index}" for index in range(_PIXELS))
_LABELED = ("label", *_UNLABELED)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# A file of more rows than MNIST has twenty times over is a bomb or a mistake.
_MOST_ROWS = 1_200_000
# "255," for each cell, and then room for what will be refused by name rather than as a line without an end.
_LONGEST_LINE = 16 * len(_LABELED)


def load_kaggle(path: Path) -> DataSet:
    """Load a labeled train.csv, split in order, or an unlabeled test.csv as .test.

    The split is the tutorial's: of n labeled rows the last 2/42 (rounded down) are .test, the 5/42 before
    them .validation, and the rest .train; 42,000 rows make 35,000, 5,000 and 2,000. A split that would be
    empty is None.

    Raise DataError, naming the line, for missing or other columns, ragged rows, what is not a whole number,
    pixels out of 0..255 and labels out of 0..9.
    """
    columns, rows = _read_table(path)
    name = path.name.split(".")[0]
    if columns == _UNLABELED:
        images = rows.reshape(-1, IMAGE_SIZE, IMAGE_SIZE)
        return DataSet(name, test=Split(images), source=f"unlabeled Kaggle CSV {path}")
    labels = rows[:, 0].astype(np.int64)
    wrong = np.flatnonzero(labels > 9)
    if wrong.size:
        raise DataError(f"{path} line {wrong[0] + 2}: label is {labels[wrong[0]]}; expected 0..9")
    return _split_in_order(name, Split(rows[:, 1:].reshape(-1, IMAGE_SIZE, IMAGE_SIZE), labels), path)


def _split_in_order(name: str, rows: Split, path: Path) -> DataSet:
    validation_count, test_count = len(rows) * 5 // 42, len(rows) * 2 // 42
    train, test = hold_out(rows, test_count) if test_count else (rows, None)
    train, validation = hold_out(train, validation_count) if validation_count else (train, None)
    counts = f"{len(train)} / {validation_count} / {test_count}"
    return DataSet(name, train, validation, test, source=f"Kaggle CSV {path}, in order {counts}")


def _read_table(path: Path) -> tuple[tuple[str, ...], NDArray[np.uint8]]:
    """Return the names of the columns, and uint8 (rows, columns)."""
    with open_content(path) as file:
        columns = _check_header(file.readline(_LONGEST_LINE), path)
        blocks: list[NDArray[np.uint8]] = []
        line = 2
        for block in _row_blocks(file, path):
            numbers = _parse_block(block, len(columns))
            if numbers is None:
                raise DataError(f"{path} {_explain(block, line, columns)}")
            blocks.append(numbers)
            line += len(numbers)
            if line > _MOST_ROWS:
                raise DataError(f"{path} has more than {_MOST_ROWS:,} rows; give it in parts")
    if not blocks:
        raise DataError(f"{path} has a header but no rows; expected one for each image")
    return columns, np.concatenate(blocks)


def _check_header(header: bytes, path: Path) -> tuple[str, ...]:
    text = header.removeprefix(_BYTE_ORDER_MARK).decode("ascii", "backslashreplace")
    columns = tuple(text.rstrip("\r\n").split(","))
    expected = _LABELED if columns[0] == "label" else _UNLABELED
    if columns == expected:
        return columns
    if columns[0] != expected[0]:
        raise DataError(
            f"{path} starts with column {columns[0][:20]!r}; expected a header label,pixel0,...,pixel783, "
            "or pixel0,...,pixel783 where there are no labels"
        )
    if len(columns) != len(expected):
        raise DataError(f"{path} has {len(columns)} columns; expected {len(expected)}, up to pixel783")
    place = next(index for index, name in enumerate(columns) if name != expected[index])
    raise DataError(f"{path} column {place + 1} is {columns[place][:20]!r}; expected {expected[place]}")


def _row_blocks(file: BufferedIOBase, path: Path) -> Iterator[bytes]:
    """Yield whole rows, many at once, each ended by one newline, without blank lines at the file's end."""
    rest = b""
    while chunk := file.read(CHUNK_BYTES):
        text = (rest + chunk).replace(b"\r\n", b"\n")
        # Newlines that end the text wait in rest: whether they are blank rows or the end is not known yet.
        rows = text[: text.rfind(b"\n") + 1].rstrip(b"\n")
        block = rows + b"\n" if rows else b""
        rest = text[len(block) :]
        if len(rest) > _LONGEST_LINE:
            raise DataError(
                f"{path} has a line of more than {_LONGEST_LINE:,} bytes; expected rows of numbers"
            )
        if block:
            yield block
    if rest.strip(b"\r\n"):
        yield rest.rstrip(b"\r\n") + b"\n"


def _parse_block(block: bytes, column_count: int) -> NDArray[np.uint8] | None:
    """Return uint8 (rows, columns), or None where anything is not a whole number 0..255 in its place."""
    characters = np.frombuffer(block, np.uint8)
    digits = characters - np.uint8(ord("0"))  # wraps round below "0", so that all but digits are above 9
    ends = np.flatnonzero(digits > 9)
    if len(ends) % column_count:
        return None
    separators = characters[ends].reshape(-1, column_count)
    if (separators[:, :-1] != ord(",")).any() or (separators[:, -1] != ord("\n")).any():
        return None
    lengths = np.diff(ends, prepend=-1) - 1
    if lengths.min() < 1 or lengths.max() > 3:
        return None
    numbers = digits[ends - 1].astype(np.uint16)
    for place, power in ((2, 10), (3, 100)):
        long = np.flatnonzero(lengths >= place)
        numbers[long] += digits[ends[long] - place] * np.uint16(power)
    if numbers.max() > 255:
        return None
    return numbers.astype(np.uint8).reshape(-1, column_count)


def _explain(block: bytes, first_line: int, columns: tuple[str, ...]) -> str:
    """Say what ``_parse_block`` refused, and on which line."""
    for number, line in enumerate(block.split(b"\n")[:-1], first_line):
        cells = line.split(b",")
        if len(cells) != len(columns):
            return f"line {number}: {len(cells)} columns; expected {len(columns)}"
        for name, cell in zip(columns, cells, strict=True):
            if not (cell.isdigit() and len(cell) <= 3 and int(cell) <= 255):
                text = cell[:20].decode("ascii", "backslashreplace")
                expected = "0..9" if name == "label" else "0..255"
                return f"line {number}: {name} is {text!r}; expected a whole number {expected}"
    return f"line {first_line}: a row that is not whole numbers; expected label,pixel0,...,pixel783"
