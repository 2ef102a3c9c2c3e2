"""Dates with spaces for marks."""

from datetime import date

import cv2
import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.reading.lattice import Lattice
from inkdigits.reading.options import ValueOptions
from inkdigits.reading.spaced import find_spaced_date


@pytest.fixture(scope="module")
def reader():
    return Reader()


def lattice_of(digits, columns, extra=""):
    symbols = "0123456789" + "/"
    rows = np.full((max(columns) + 4, len(symbols) + 1), 1e-4, np.float32)
    rows[:, -1] = 1
    for digit, column in zip(digits + extra, columns, strict=True):
        rows[column, -1] = 0.01
        rows[column, symbols.index(digit)] = 0.99
    return Lattice(rows / rows.sum(axis=1, keepdims=True), symbols)


@pytest.mark.parametrize(
    ("digits", "columns", "text"),
    [
        ("16122022", (0, 5, 16, 21, 32, 37, 42, 47), "16 12 2022"),
        ("612022", (0, 9, 18, 23, 28, 33), "6 1 2022"),
        ("20221216", (0, 5, 10, 15, 27, 32, 44, 49), "2022 12 16"),
        ("16122022", (0, 5, 10, 15, 20, 25, 30, 35), None),  # evenly
        ("16132022", (0, 5, 16, 21, 32, 37, 42, 47), None),  # no day
        ("161220221", (0, 5, 16, 21, 32, 37, 42, 47, 52), None),  # too many digits
        ("161", (0, 9, 18), None),
    ],
)
def test_the_two_widest_gaps_part_the_digits(digits, columns, text):
    found = find_spaced_date(lattice_of(digits, columns), ValueOptions(day_first=True))
    assert (None if found is None else found.text) == text
    assert found is None or (found.columns == columns and 0.5 < found.probability <= 1)


def test_where_a_mark_is_seen_the_digits_alone_are_no_date():
    lattice = lattice_of("16122022", (0, 5, 16, 21, 32, 37, 42, 47, 11), extra="/")
    assert find_spaced_date(lattice, ValueOptions(day_first=True)) is None


@pytest.mark.parametrize(
    ("text", "day"), [("16 12 2022", date(2022, 12, 16)), ("03 04 22", date(2022, 4, 3))]
)
def test_it_is_read_and_to_be_reviewed(reader, text, day):
    image = np.full((70, 420), 245, np.uint8)
    cv2.putText(image, text, (12, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.4, 30, 3, cv2.LINE_AA)
    field = reader.read_field(image, kind="date", day_first=True)
    assert (field.text, field.value, field.status) == (text, day, "review")
    assert "".join(symbol.text for symbol in field.symbols) == text.replace(" ", "")
    either = reader.read_field(image, kind="date")
    assert day in ({either.value} | {other.value for other in either.alternatives})
