"""What stands around a number that lies free, and makes it one to look at."""

import cv2
import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.reading.doubts import is_cut_off, is_stick, wants_a_look
from inkdigits.reading.free import Group

HEIGHT = 40


def group(left, width, top=100, height=HEIGHT):
    return Group((left, top, left + width, top + height), (0,), (0,), 1.0)


NUMBER = group(100, 100)
FAR = group(600, 100)


@pytest.mark.parametrize(
    ("name", "text", "one", "numbers", "words"),
    [
        ("a number beside it, as near as its decimals", "48", NUMBER, [group(220, 50)], []),
        ("a word that touches it", "48", NUMBER, [], [group(210, 60)]),
        ("letters that look like digits, in a line with a word", "15", NUMBER, [], [group(280, 60)]),
        ("two symbols as narrow as letters, on a page with words", "15", group(100, 36), [], [FAR]),
        ("a stroke", "1", group(100, 5), [], []),
        ("a short text of another height", "7", group(100, 40, height=90), [FAR, group(400, 50, 300)], []),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_wants_a_look(name, text, one, numbers, words):
    assert wants_a_look(text, one, [one, *numbers], words)


@pytest.mark.parametrize(
    ("text", "one", "numbers", "words"),
    [
        ("48", NUMBER, [group(260, 50)], []),  # a number beside it, further away than its decimals
        ("48", NUMBER, [group(220, 50, top=150)], [group(210, 60, top=40)]),  # on other lines
        ("48", NUMBER, [], [group(240, 60)]),  # a unit
        ("15", group(100, 60), [], [group(600, 100, top=300)]),
        ("15", group(100, 36), [], []),  # no words on the page
        ("1", group(100, 12), [], []),
        (
            "7012",
            group(100, 300, height=90),
            [FAR, group(400, 50, 300)],
            [],
        ),  # long, so no piece of something
    ],
)
def test_what_wants_none(text, one, numbers, words):
    assert not wants_a_look(text, one, [one, *numbers], words)


def test_a_lone_one_is_a_stick_where_no_other_number_is_as_high():
    assert is_stick("1", NUMBER, [])
    assert is_stick("1", NUMBER, [group(600, 50, height=90)])
    assert not is_stick("1", NUMBER, [FAR])
    assert not is_stick("7", NUMBER, [])


@pytest.mark.parametrize(
    ("left", "top", "cut_off"), [(0, 50, True), (50, 0, True), (160, 50, True), (50, 50, False)]
)
def test_what_reaches_the_edge_may_go_on_beyond_it(left, top, cut_off):
    corners = np.array([(left, top), (left + 40, top), (left + 40, top + 20), (left, top + 20)], np.float64)
    assert is_cut_off(corners, (200, 100)) == cut_off


def test_a_page_says_which_numbers_may_be_parts_or_cut_off():
    page = np.full((900, 1200), 235, np.uint8)
    for text, left, bottom in [("3079", 500, 200), ("48", 300, 500), ("62", 400, 500), ("5083", 1076, 800)]:
        cv2.putText(page, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, 2, 30, 4, cv2.LINE_AA)
    fields = Reader(threads=1).read_page(page).fields
    assert [(field.text, field.status) for field in fields] == [
        ("3079", "ok"),
        ("48", "review"),
        ("62", "review"),
        ("508", "review"),
    ]


def test_a_short_text_among_the_words_of_a_page_of_text_wants_a_look():
    one = group(300, 40, height=20)
    beside = [group(230, 40, height=20), group(370, 40, height=20)]
    assert wants_a_look("247", one, [one], beside)
    assert not wants_a_look("24765", one, [one], beside)  # too long for a word of digits
    assert not wants_a_look("247", one, [one, FAR], beside)  # a page of numbers with some words
