import cv2
import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.reading.signs import has_sign_read_as_digit


def strip(*strokes, width=2):
    """A strip with a 5-like block at its right, and strokes from point to point."""
    image = np.zeros((32, 60), np.uint8)
    image[5:27, 34:46] = 220
    for begin, end in strokes:
        cv2.line(image, begin, end, 220, width)
    return image


PLUS = [((8, 16), (22, 16)), ((15, 9), (15, 23))]
DOLLAR = [
    ((16, 3), (16, 29)),
    ((10, 7), (22, 7)),
    ((10, 7), (10, 16)),
    ((10, 16), (22, 16)),
    ((22, 16), (22, 25)),
    ((10, 25), (22, 25)),
]


def test_a_plus_before_or_after_digits_is_found():
    assert has_sign_read_as_digit(strip(*PLUS), "75", [15.0, 40.0])
    assert has_sign_read_as_digit(strip(*PLUS), "45", [15.0, 40.0])
    assert has_sign_read_as_digit(strip(*PLUS)[:, ::-1], "57", [19.0, 44.0])


def test_a_dollar_sign_before_or_after_digits_is_found():
    assert has_sign_read_as_digit(strip(*DOLLAR), "85", [16.0, 40.0])
    assert has_sign_read_as_digit(strip(*DOLLAR)[:, ::-1], "58.", [19.0, 43.0, 58.0])


@pytest.mark.parametrize(
    "strokes",
    [
        [((8, 6), (20, 6)), ((20, 6), (12, 26))],  # a 7
        [((8, 6), (20, 6)), ((20, 6), (12, 26)), ((10, 16), (20, 16))],  # with a bar
        [((8, 6), (8, 17)), ((8, 17), (22, 17)), ((18, 6), (18, 26))],  # an open 4
        [((18, 5), (8, 18)), ((8, 18), (22, 18)), ((18, 5), (18, 26))],  # a closed one
        [((15, 5), (15, 26))],
    ],
)
def test_digits_are_no_plus(strokes):
    for digit in "74":
        assert not has_sign_read_as_digit(strip(*strokes), digit + "5", [15.0, 40.0])


@pytest.mark.parametrize(
    "strokes",
    [
        DOLLAR[1:],  # a 5
        [*DOLLAR[1:], ((10, 16), (10, 25)), ((22, 7), (22, 16))],  # an 8
        [*DOLLAR[1:], ((16, 3), (16, 7))],  # with a stub above it alone
    ],
)
def test_digits_are_no_dollar_sign(strokes):
    for digit in "85":
        assert not has_sign_read_as_digit(strip(*strokes), digit + "5", [16.0, 40.0])


def test_a_lone_digit_and_what_hangs_together_are_left_alone():
    assert not has_sign_read_as_digit(strip(*PLUS), "7", [15.0])
    assert not has_sign_read_as_digit(strip(*PLUS, ((22, 16), (36, 16))), "75", [15.0, 40.0])
    assert not has_sign_read_as_digit(strip(*PLUS), "15", [15.0, 40.0])
    assert not has_sign_read_as_digit(strip(*PLUS), "", [])


def test_a_number_with_a_plus_is_not_surely_another_one():
    picture = np.full((80, 190), 245, np.uint8)
    for begin, end in (((20, 42), (44, 42)), ((32, 30), (32, 54))):
        cv2.line(picture, begin, end, 30, 4, cv2.LINE_AA)
    cv2.putText(picture, "45", (62, 62), cv2.FONT_HERSHEY_DUPLEX, 1.9, 30, 4, cv2.LINE_AA)
    field = Reader(threads=1).read_field(picture, kind="number")
    assert field.status == "review"
