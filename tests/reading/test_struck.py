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


def test_a_lone_digit_is_struck_out_by_a_longer_line():
    assert is_struck_out(strip((40, 5, 4, 22), (32, 15, 20, 3)), "1", [42.0])
    assert not is_struck_out(strip((40, 5, 4, 22), (36, 15, 14, 3)), "1", [42.0])


@pytest.mark.parametrize("kind", ["number", "auto"])
def test_a_number_that_was_struck_out_is_not_surely_one(kind):
    page = np.full((80, 220), 235, np.uint8)
    (width, height), _ = cv2.getTextSize("308", cv2.FONT_HERSHEY_DUPLEX, 1.9, 3)
    left, foot = (220 - width) // 2, (80 + height) // 2
    cv2.putText(page, "308", (left, foot), cv2.FONT_HERSHEY_DUPLEX, 1.9, 40, 3, cv2.LINE_AA)
    field = Reader().read_field(page, kind)
    assert (field.text, field.status) == ("308", "ok")
    struck = page.copy()
    cv2.line(struck, (left - 16, 34), (left + width + 16, 46), 40, 3, cv2.LINE_AA)
    field = Reader().read_field(struck, kind)
    assert (field.text, field.status) == ("308", "review")
    assert field.confidence >= 0.9  # the line alone is what leaves it to review


def test_a_rule_that_goes_on_to_the_edges_of_the_picture_strikes_nothing_out():
    page = np.full((60, 150), 235, np.uint8)
    (width, height), _ = cv2.getTextSize("28", cv2.FONT_HERSHEY_DUPLEX, 1.5, 3)
    left, foot = (150 - width) // 2, (60 + height) // 2
    cv2.putText(page, "28", (left, foot), cv2.FONT_HERSHEY_DUPLEX, 1.5, 40, 3, cv2.LINE_AA)
    ruled, struck = page.copy(), page.copy()
    cv2.line(ruled, (0, 32), (149, 32), 40, 2)
    cv2.line(struck, (left - 14, 32), (left + width + 14, 32), 40, 2)
    fields = Reader().read_fields([page, ruled, struck], "number")
    assert [field.text for field in fields] == ["28", "28", "28"]
    assert [field.status for field in fields] == ["ok", "ok", "review"]
