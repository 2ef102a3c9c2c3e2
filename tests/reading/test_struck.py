import cv2
import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.reading.struck import is_struck_out


def strip(*pieces):
    """A strip with pieces of ink: x, y, width, height."""
    image = np.zeros((32, 90), np.uint8)
    for x, y, w, h in pieces:
        image[y : y + h, x : x + w] = 220
    return image


ONES = ((20, 5, 4, 22), (40, 5, 4, 22), (60, 5, 4, 22))
PLACES = [22.0, 42.0, 62.0]


@pytest.mark.parametrize("line", [(10, 15, 64, 3), (15, 12, 56, 2), (12, 18, 58, 5)])
def test_a_line_through_all_digits_and_past_them_strikes_them_out(line):
    assert is_struck_out(strip(*ONES, line), "111", PLACES)
    assert is_struck_out(strip(*ONES, line), "-111", [12.0, *PLACES])


def test_a_line_may_be_aslant():
    image = strip(*ONES)
    cv2.line(image, (10, 20), (74, 11), 220, 2)
    assert is_struck_out(image, "111", PLACES)


@pytest.mark.parametrize(
    "line",
    [
        (0, 15, 90, 3),  # a rule of the paper
        (10, 28, 64, 2),  # an underline
        (10, 2, 64, 2),  # above
        (20, 15, 44, 3),  # from the first digit to the last, as the bars of 4s that touch
        (10, 15, 40, 3),  # not through the last one
        (10, 10, 64, 12),  # a blot
        (64, 15, 10, 3),  # a dash after them
    ],
)
def test_other_lines_do_not(line):
    assert not is_struck_out(strip(*ONES, line), "111", PLACES)


def test_the_bar_of_a_seven_or_a_four_is_its_own():
    bar = (15, 15, 54, 3)  # five columns past either end
    assert is_struck_out(strip(*ONES, bar), "121", PLACES)
    assert not is_struck_out(strip(*ONES, bar), "721", PLACES)
    assert not is_struck_out(strip(*ONES, bar), "124", PLACES)
    assert not is_struck_out(strip((40, 5, 4, 22), (35, 15, 14, 3)), "7", [42.0])


def test_nothing_read_is_nothing_struck_out():
    assert not is_struck_out(strip((10, 15, 64, 3)), "-", [42.0])
    assert not is_struck_out(strip(), "", [])


@pytest.mark.parametrize("kind", ["number", "auto"])
def test_a_number_that_was_struck_out_is_not_surely_one(kind):
    fields = []
    for line in (False, True):
        page = np.full((80, 200), 235, np.uint8)
        cv2.putText(page, "308", (40, 58), cv2.FONT_HERSHEY_SIMPLEX, 1.9, 40, 4, cv2.LINE_AA)
        if line:
            cv2.line(page, (22, 44), (180, 40), 40, 4, cv2.LINE_AA)
        fields.append(Reader().read_field(page, kind))
    assert (fields[0].text, fields[0].status) == ("308", "ok")
    assert fields[1].status in ("review", "rejected")
