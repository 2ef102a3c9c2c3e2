import cv2
import numpy as np
import pytest

from inkdigits.analysis.collection import collect
from inkdigits.analysis.measures import MEASURES, find_blank, find_outliers, measure
from inkdigits.datasets import DataSet, Split

COLUMN = {one.name: place for place, one in enumerate(MEASURES)}


def bar(width: int, lean: float = 0.0) -> np.ndarray:
    """An upright bar 20 pixels high that leans to the right by ``lean`` columns a row."""
    image = np.zeros((28, 28), np.uint8)
    for row in range(4, 24):
        shift = round(lean * (14 - row))
        image[row, 13 + shift - width // 2 : 13 + shift - width // 2 + width] = 255
    return image


@pytest.mark.parametrize("width", [2, 3, 4, 6])
def test_the_stroke_width_of_a_bar_is_its_width(width: int) -> None:
    rows = measure(bar(width)[None])
    assert rows[0, COLUMN["stroke_width"]] == pytest.approx(width, rel=0.2)
    assert rows[0, COLUMN["width"]] == width
    assert rows[0, COLUMN["height"]] == 20
    assert rows[0, COLUMN["ink"]] == pytest.approx(100 * 20 * width / 784, rel=1e-3)
    assert rows[0, COLUMN["pieces"]] == 1


def test_slant_is_to_the_right() -> None:
    upright, right, left = measure(np.stack([bar(2), bar(2, 0.5), bar(2, -0.5)]))[:, COLUMN["slant"]]
    assert upright == pytest.approx(0, abs=1)
    assert right == pytest.approx(np.degrees(np.arctan(0.5)), abs=3)
    assert left == pytest.approx(-right, abs=2)


def test_pieces_off_center_and_darkness() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[2:6, 2:6] = 204
    image[20:24, 2:6] = 204
    row = measure(image[None])[0]
    assert row[COLUMN["pieces"]] == 2
    assert row[COLUMN["darkness"]] == pytest.approx(80)
    assert row[COLUMN["off_center"]] == pytest.approx(10.05, abs=0.1)


def test_blank_images_have_no_strokes() -> None:
    rows = measure(np.stack([bar(2), np.zeros((28, 28), np.uint8)]))
    assert find_blank(rows).tolist() == [1]
    assert rows[1, COLUMN["ink"]] == 0


def test_progress_counts_every_image() -> None:
    told: list[int] = []
    measure(np.zeros((2500, 28, 28), np.uint8), told.append)
    assert sum(told) == 2500


def test_the_thick_one_stands_out_in_its_class() -> None:
    images = np.stack([bar(2 + number % 2) for number in range(30)])
    images[7] = cv2.dilate(images[7], np.ones((9, 9), np.uint8))
    collection = collect(DataSet("bars", Split(images, np.zeros(30, np.int64)), class_names=("1",)))
    found = find_outliers(collection, measure(images), 10)
    assert [row.number for row in found] == [7]
    assert found[0].value > found[0].usual
