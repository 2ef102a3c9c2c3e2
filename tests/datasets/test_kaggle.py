import gzip
import time
from pathlib import Path

import numpy as np
import pytest

from inkdigits.datasets import Split, load_data

PIXELS = [f"pixel{index}" for index in range(784)]
ROW = "3," + ",".join(["0"] * 784)


def to_csv(split: Split, end: str = "\n") -> str:
    rows = split.images.reshape(-1, 784).tolist()
    header = PIXELS
    if split.labels is not None:
        header = ["label", *PIXELS]
        rows = [[label, *row] for label, row in zip(split.labels.tolist(), rows, strict=True)]
    return "".join(",".join(map(str, row)) + end for row in [header, *rows])


def write(folder: Path, text: str, name: str = "train.csv") -> Path:
    path = folder / name
    path.write_bytes(
        gzip.compress(text.encode("latin-1")) if name.endswith(".gz") else text.encode("latin-1")
    )
    return path


def with_cell(row: int, column: int, text: str) -> str:
    """Three rows of zeros but for one cell."""
    rows = [["0"] * 785 for _ in range(3)]
    rows[row][column] = text
    return "\n".join(",".join(cells) for cells in [["label", *PIXELS], *rows]) + "\n"


@pytest.mark.parametrize("name", ["train.csv", "train.csv.gz"])
def test_labeled_rows_split_in_order(tmp_path, digits, name):
    data = load_data(write(tmp_path, to_csv(digits), name))
    assert (len(data.train), len(data.validation), len(data.test)) == (35, 5, 2)
    images = np.concatenate([data.train.images, data.validation.images, data.test.images])
    labels = np.concatenate([data.train.labels, data.validation.labels, data.test.labels])
    np.testing.assert_array_equal(images, digits.images)
    np.testing.assert_array_equal(labels, digits.labels)
    assert data.name == "train"


@pytest.mark.parametrize(
    ("count", "sizes"), [(1, (1, 0, 0)), (8, (8, 0, 0)), (9, (8, 1, 0)), (21, (18, 2, 1))]
)
def test_few_rows_leave_splits_out(tmp_path, digits, count, sizes):
    data = load_data(write(tmp_path, to_csv(Split(digits.images[:count], digits.labels[:count]))))
    splits = (data.train, data.validation, data.test)
    assert tuple(0 if split is None else len(split) for split in splits) == sizes


def test_unlabeled_rows_are_all_test(tmp_path, digits):
    data = load_data(write(tmp_path, to_csv(Split(digits.images)), "test.csv"))
    assert data.train is data.validation is data.test.labels is None
    np.testing.assert_array_equal(data.test.images, digits.images)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n\n",
        lambda text: "\xef\xbb\xbf" + text,
    ],
    ids=["CRLF", "no last newline", "blank lines at the end", "byte order mark"],
)
def test_harmless_differences(tmp_path, digits, change):
    path = write(tmp_path, to_csv(digits))
    checksum = load_data(path).checksum
    assert load_data(write(tmp_path, change(to_csv(digits)))).checksum == checksum


def test_many_blocks(tmp_path, digits):
    """More than one block is read, and rows that straddle two blocks are whole."""
    many = Split(np.tile(digits.images, (50, 1, 1)), np.tile(digits.labels, 50))
    data = load_data(write(tmp_path, to_csv(many, "\r\n")))
    np.testing.assert_array_equal(data.train.images, many.images[: len(data.train)])
    np.testing.assert_array_equal(data.test.images, many.images[-len(data.test) :])


@pytest.mark.parametrize(
    ("row", "column", "text", "words"),
    [
        (0, 1, "256", ("line 2", "pixel0 is '256'", "0..255")),
        (2, 784, "999", ("line 4", "pixel783 is '999'")),
        (1, 5, "-1", ("line 3", "pixel4 is '-1'")),
        (1, 5, "0.5", ("line 3", "'0.5'")),
        (1, 5, "abc", ("line 3", "'abc'")),
        (1, 5, "", ("line 3", "pixel4 is ''")),
        (1, 5, " 7", ("line 3", "' 7'")),
        (1, 5, "1000", ("line 3", "'1000'")),
        (1, 5, "\xe9", ("line 3", "\\xe9")),
        (1, 5, "nan", ("line 3", "'nan'")),
        (1, 5, "\x00", ("line 3", "x00")),
        (2, 0, "10", ("line 4", "label is 10", "0..9")),
        (2, 0, "seven", ("line 4", "label is 'seven'", "0..9")),
        (1, 784, "0,0", ("line 3", "786 columns", "785")),
        (1, 784, "0\n0", ("line 4", "1 columns", "785")),
        (0, 0, "\n0", ("line 2", "1 columns", "785")),
    ],
)
def test_refuses_and_names_the_line(tmp_path, refuses, row, column, text, words):
    path = write(tmp_path, with_cell(row, column, text))
    with refuses(path, *words):
        load_data(path)


def test_ragged_rows_that_even_out(tmp_path, refuses):
    """One column too many and one too few make the right number of cells in all."""
    header = ",".join(["label", *PIXELS])
    path = write(tmp_path, f"{header}\n{ROW},0\n{ROW.removesuffix(',0')}\n")
    with refuses(path, "line 2", "786 columns"):
        load_data(path)


def test_error_far_into_the_file_names_its_line(tmp_path, refuses):
    header = ",".join(["label", *PIXELS])
    path = write(tmp_path, "\n".join([header, *[ROW] * 2000, ROW.replace("3", "x")]), "train.csv.gz")
    with refuses("line 2002", "'x'"):
        load_data(path)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (["label", *PIXELS[:-1]], ("784 columns", "785", "pixel783")),
        (PIXELS[:-1], ("783 columns", "784")),
        (["label", *PIXELS[:4], "pixel9", *PIXELS[5:]], ("column 6 is 'pixel9'", "pixel4")),
        (["name", *PIXELS], ("'name'", "label,pixel0")),
        (["3", *["0"] * 784], ("'3'", "label,pixel0")),
    ],
)
def test_refuses_other_columns(tmp_path, refuses, header, words):
    path = write(tmp_path, ",".join(header) + "\n" + ROW + "\n")
    with refuses(path, *words):
        load_data(path)


def test_header_alone(tmp_path, refuses):
    path = write(tmp_path, ",".join(["label", *PIXELS]) + "\n")
    with refuses(path, "no rows"):
        load_data(path)


@pytest.mark.parametrize("filler", ["0", "0,", "\n"])
def test_bomb_without_line_ends_is_not_inflated(tmp_path, refuses, filler):
    path = write(tmp_path, ",".join(["label", *PIXELS]) + "\n", "train.csv.gz")
    bomb = gzip.compress(filler.encode() * (1 << 23), compresslevel=1)
    path.write_bytes(path.read_bytes() + bomb * 64)
    with refuses(path, "line of more than"):
        load_data(path)


def test_truncated_gzip(tmp_path, digits, refuses):
    path = write(tmp_path, to_csv(digits), "train.csv.gz")
    path.write_bytes(path.read_bytes()[:-100])
    with refuses(path, "truncated gzip"):
        load_data(path)


def test_speed(tmp_path):
    """42,000 rows take 0.4 s of one core; a tenth of them, on a slow machine, must not take the whole 2 s."""
    rows = "\n".join([",".join(["label", *PIXELS]), *[ROW.replace(",0", ",128")] * 4200])
    path = write(tmp_path, rows)
    start = time.process_time()
    data = load_data(path)
    assert time.process_time() - start < 1.0
    assert (len(data.train), len(data.validation), len(data.test)) == (3500, 500, 200)
