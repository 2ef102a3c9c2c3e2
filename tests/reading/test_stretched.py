"""Ones that were stretched to a square, as some collections do with every digit."""

import cv2
import numpy as np
import pytest

from inkdigits import Reader, load_mnist
from inkdigits.reading.stretched import narrowed

COUNT = 60


def tight(image):
    large = cv2.resize(image, (112, 112), interpolation=cv2.INTER_CUBIC)
    rows, columns = np.flatnonzero((large > 100).any(axis=1)), np.flatnonzero((large > 100).any(axis=0))
    return large[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def stretched(digit):
    """The last of MNIST's training digits, which no shipped model learned from, each stretched to 16 x 16."""
    (images, labels), _ = load_mnist()
    chosen = images[55_000:][labels[55_000:] == digit][:COUNT]
    return [255 - cv2.resize(tight(image), (16, 16), interpolation=cv2.INTER_AREA) for image in chosen]


@pytest.mark.parametrize(("digit", "least"), [(1, 0.75), (7, 0.95), (4, 0.95)])
def test_digits_that_fill_a_square_are_read(digit, least):
    fields = Reader(threads=1).read_fields(stretched(digit), kind="digit")
    assert np.mean([field.text == str(digit) for field in fields]) >= least


def test_only_what_fills_a_square_may_have_been_stretched():
    gray = np.full((40, 40), 230, np.uint8)
    gray[2:38, 2:38] = 30
    assert len(narrowed(gray, (2, 2, 38, 38))) == 2
    assert narrowed(gray, (12, 2, 28, 38)) == []
    assert narrowed(gray[:, :20], (0, 0, 20, 40)) == []
