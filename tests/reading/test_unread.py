import cv2
import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.reading.unread import has_unread_ink


def strip(*pieces):
    """A strip with pieces of ink: x, y, width, height."""
    image = np.zeros((32, 90), np.uint8)
    for x, y, w, h in pieces:
        image[y : y + h, x : x + w] = 220
    return image


def test_a_piece_at_which_nothing_was_read_is_found():
    two = strip((10, 5, 12, 22), (40, 5, 12, 22))
    assert has_unread_ink(two, "5", [46.0])
    assert not has_unread_ink(two, "55", [15.0, 46.0])
    assert not has_unread_ink(strip((10, 5, 42, 22)), "5", [30.0])


def test_a_tall_piece_at_which_a_dash_was_read_is_found():
    letter = strip((10, 5, 12, 22), (40, 5, 12, 22))
    for mark in "-.,:=":
        assert has_unread_ink(letter, "5" + mark, [15.0, 46.0])
    assert not has_unread_ink(letter, "5/", [15.0, 46.0])
    touching = strip((10, 5, 12, 22), (22, 14, 10, 3))
    assert not has_unread_ink(touching, "5-", [15.0, 28.0])


@pytest.mark.parametrize(
    "piece",
    [
        (40, 20, 6, 6),  # a point
        (40, 4, 3, 24),  # the side of a frame
        (40, 0, 12, 20),  # from the line above
        (40, 14, 12, 18),  # from the line below
        (78, 5, 12, 22),  # cut off by the edge
        (30, 14, 40, 3),  # a rule
    ],
)
def test_what_is_no_letter_does_not_count(piece):
    assert not has_unread_ink(strip((10, 5, 12, 22), piece), "5", [15.0])


def test_a_point_before_the_first_digit_is_found():
    digit = (30, 5, 12, 22)
    for point in ((20, 23, 4, 4), (22, 22, 5, 7)):
        assert has_unread_ink(strip(digit, point), "5", [36.0])
        assert not has_unread_ink(strip(digit, point), ".5", [point[0] + 2.0, 36.0])
    # After it, above the line, far off, on the edge, or a speck.
    for dirt in ((48, 23, 4, 4), (20, 8, 4, 4), (5, 23, 4, 4), (0, 23, 4, 4), (20, 24, 1, 2)):
        assert not has_unread_ink(strip(digit, dirt), "5", [36.0])


@pytest.mark.parametrize("kind", ["number", "auto"])
def test_a_word_with_an_o_is_not_surely_zero(kind):
    word = np.full((60, 120), 235, np.uint8)
    cv2.putText(word, "no", (25, 44), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 40, 3, cv2.LINE_AA)
    zero = np.full((60, 120), 235, np.uint8)
    cv2.putText(zero, "0", (45, 46), cv2.FONT_HERSHEY_SIMPLEX, 1.3, 40, 3, cv2.LINE_AA)
    fields = Reader().read_fields([word, zero], kind=kind)
    assert fields[0].status != "ok"
    assert (fields[1].text, fields[1].status) == ("0", "ok")
