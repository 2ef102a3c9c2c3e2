import cv2
import numpy as np
import pytest

from inkdigits.reading.page_paper import find_paper_rules, without_rules
from inkdigits.reading.strokes import find_strokes


def ruled(pitch=44, *, squared=False, level=180, slant=0):
    page = np.full((1200, 900), 240, np.uint8)
    for y in range(pitch, 1200, pitch):
        cv2.line(page, (0, y), (900, y + slant), level, 2)
    for x in range(pitch, 900, pitch) if squared else ():
        cv2.line(page, (x, 0), (x - slant, 1200), level, 2)
    return page


def write(page, text, left, bottom):
    cv2.putText(page, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, 1.2, 40, 3, cv2.LINE_AA)


def left_over(page):
    strokes = find_strokes(page)
    return without_rules(strokes, find_paper_rules(strokes), []).mask


@pytest.mark.parametrize("slant", [0, 60])
@pytest.mark.parametrize("squared", [False, True])
def test_ruled_lines_are_taken_out_and_writing_stays(squared, slant):
    page = ruled(squared=squared, slant=slant)
    assert left_over(page).sum() < 200
    blank = np.full_like(page, 240)
    for picture in (page, blank):
        write(picture, "4718", 300, 620)
    written = left_over(blank) > 0
    kept = left_over(page) > 0
    assert kept[written].mean() > 0.85
    assert kept[~written].mean() < 0.001


def test_ruled_lines_as_dark_as_the_writing_are_taken_out():
    page = ruled(level=50)
    write(page, "4718", 300, 602)
    mask = left_over(page)
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask)
    digits = [box for box in stats[1:].tolist() if box[3] > 20]
    assert 4 <= len(digits) <= 6
    assert max(box[2] for box in digits) < 60


@pytest.mark.parametrize(
    ("squared", "pitch", "squares", "lines"),
    [(True, 36, True, False), (False, 44, False, True), (True, 180, False, False)],
)
def test_squared_and_lined_paper_are_told_from_tables(squared, pitch, squares, lines):
    strokes = find_strokes(ruled(pitch, squared=squared))
    rules = find_paper_rules(strokes)
    assert (rules.are_squares(strokes), rules.are_lines()) == (squares, lines)


def test_a_filled_table_is_no_squared_paper():
    page = ruled(36, squared=True, level=60)
    for row in range(32):
        for column in range(24):
            cv2.putText(page, "7", (column * 36 + 45, row * 36 + 65), cv2.FONT_HERSHEY_SIMPLEX, 0.8, 30, 2)
    strokes = find_strokes(page)
    assert not find_paper_rules(strokes).are_squares(strokes)


def test_blank_paper_has_no_rules():
    strokes = find_strokes(np.full((300, 200), 255, np.uint8))
    rules = find_paper_rules(strokes)
    assert not rules.lying.any()
    assert not rules.are_squares(strokes)
    assert not without_rules(strokes, rules, []).mask.any()
