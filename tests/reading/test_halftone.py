"""Scans whose grays are dots."""

import cv2
import numpy as np
import pytest
from PIL import Image

from inkdigits import Reader
from inkdigits.reading.halftone import out_of_dots

CELLS = (("4", "7", "20"), ("15", "3", "8"), ("9", "62", "5"))


def table():
    """Return a table in a shadow, with gray on one side of it, (1300, 1000)."""
    page = np.full((1300, 1000), 235, np.uint8)
    for row, texts in enumerate(CELLS):
        for column, text in enumerate(texts):
            left, top = 150 + 230 * column, 250 + 160 * row
            cv2.rectangle(page, (left, top), (left + 230, top + 160), 60, 4)
            cv2.putText(page, text, (left + 60, top + 110), cv2.FONT_HERSHEY_SIMPLEX, 2.4, 40, 6, cv2.LINE_AA)
    return np.rint(page * np.linspace(0.5, 0.95, 1000)).astype(np.uint8)


def in_black_and_white(gray):
    return np.asarray(Image.fromarray(gray).convert("1").convert("L"))


def in_few_colors(gray):
    return np.asarray(Image.fromarray(gray).convert("RGB").convert("P").convert("L"))


@pytest.mark.parametrize("dither", [in_black_and_white, in_few_colors])
def test_a_dithered_table_is_read_as_the_table(dither):
    (found,) = Reader(threads=1).read_page(dither(table())).tables
    assert tuple(tuple(field.text for field in row) for row in found.cells) == CELLS


def fine_print():
    page = np.full((900, 900), 255, np.uint8)
    for bottom in range(12, 900, 12):
        cv2.putText(
            page, "nothing but words in fine print " * 4, (4, bottom), cv2.FONT_HERSHEY_SIMPLEX, 0.3, 0
        )
    return page


@pytest.mark.parametrize(
    "gray",
    [
        table(),
        fine_print(),
        np.clip(180 + np.random.default_rng(0).normal(0, 12, (600, 600)), 0, 255).astype(np.uint8),
        in_black_and_white(np.full((90, 600), 128, np.uint8)),  # too small to be a page
    ],
    ids=["a photo", "fine print", "a noisy photo", "a strip"],
)
def test_what_has_no_dots_stays_as_it_is(gray):
    assert out_of_dots(gray) is gray
