"""Plain upright strokes, which may be frames to the line model, are ones where they end with the digits."""

import cv2
import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.reading.bars import Bars, find_bars, with_ones
from inkdigits.reading.lattice import Lattice
from inkdigits.reading.line import find_line

SEVEN = ((60, 60), (120, 60), (80, 180))
SYMBOLS = "01~"


def drawn(
    *strokes: tuple[tuple[int, int], ...], size: tuple[int, int] = (240, 340), pen: int = 9
) -> np.ndarray:
    page = np.full(size, 250, np.uint8)
    for stroke in strokes:
        cv2.polylines(page, [np.array(stroke, np.int32)], False, 30, pen, cv2.LINE_AA)
    return page


def bar(x: int, lean: int = 0, top: int = 60, bottom: int = 180) -> tuple[tuple[int, int], ...]:
    return (x, top), (x - lean, bottom)


@pytest.mark.parametrize("lean", [0, 10, 30])
def test_a_plain_stroke_beside_a_digit_is_found_where_it_stands(lean):
    bars = find_bars(find_line(drawn(SEVEN, bar(200, lean))))
    (place,) = bars.places
    assert bars.others == 1
    assert place == pytest.approx(200 - lean / 2, abs=3)


@pytest.mark.parametrize(
    "stroke",
    [
        bar(332),  # at the picture's side
        bar(200, top=0, bottom=240),  # from edge to edge
        bar(200, top=120, bottom=160),  # too short
        ((200, 60), (230, 110), (190, 180)),  # bent
    ],
)
def test_what_may_be_a_frame_or_is_no_plain_stroke_is_none(stroke):
    assert find_bars(find_line(drawn(SEVEN, stroke))).places == ()


def test_a_bar_code_is_no_number():
    code = drawn(*(bar(x) for x in range(60, 300, 30)))
    assert find_bars(find_line(code)) == Bars()


def lattice(*rows: tuple[float, float, float, float]) -> Lattice:
    return Lattice(np.array(rows, np.float32), SYMBOLS)


def test_a_one_may_stand_where_nothing_was_read():
    rows = [(0.0, 0.01, 0.5, 0.49)] * 5
    changed = with_ones(lattice(*rows), (0.0, 50.0), (25.0,), "~").probabilities
    np.testing.assert_allclose(changed.sum(axis=1), 1, rtol=1e-5)
    assert changed[:, 2].max() == 0
    assert changed[:, 1].max() == pytest.approx(0.6, abs=0.01)


def test_what_was_read_stays():
    rows = [(0.0, 0.0, 0.0, 1.0), (0.5, 0.0, 0.0, 0.5), (0.0, 0.0, 0.0, 1.0)]
    before = lattice(*rows)
    assert np.array_equal(with_ones(before, (0.0, 30.0), (15.0,), "~").probabilities, before.probabilities)


@pytest.mark.parametrize("pen", [3, 6, 12, 20])
def test_clean_drawings_of_ones_are_read(pen):
    pictures = [
        drawn(bar(170), pen=pen),
        drawn(bar(140, 8), bar(200, 8), pen=pen),
        drawn(SEVEN, bar(180), pen=pen),
    ]
    assert [field.text for field in Reader().read_fields(pictures, kind="number")] == ["1", "11", "71"]
