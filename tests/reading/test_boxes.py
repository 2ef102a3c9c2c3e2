import cv2
import numpy as np
import pytest

from inkdigits.reading.boxes import find_tables_and_boxes, is_comb
from inkdigits.reading.strokes import find_strokes


def paper(height=800, width=900):
    return np.full((height, width), 235, np.uint8)


def box(page, left, top, width, height, thickness=2):
    cv2.rectangle(page, (left, top), (left + width, top + height), 60, thickness)


def write(page, text, left, bottom, scale=1.4):
    cv2.putText(page, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, scale, 30, 3, cv2.LINE_AA)


def found(page):
    return find_tables_and_boxes(page, find_strokes(page))


def shapes(grids):
    return sorted(grid.merged.shape for grid in grids)


def test_a_box_is_found_to_the_pixel():
    page = paper()
    box(page, 200, 300, 240, 70)
    write(page, "481", 220, 355)
    tables, (one,) = found(page)
    assert tables == []
    expected = np.array([[(200, 300), (440, 300)], [(200, 370), (440, 370)]])
    assert np.abs(one.corners - expected).max() < 3
    assert not is_comb(one)


@pytest.mark.parametrize("gap", [0, 12])
def test_a_row_of_equal_boxes_is_a_comb(gap):
    page = paper()
    for number in range(6):
        box(page, 150 + number * (50 + gap), 300, 50, 60)
    write(page, "7", 160, 350)
    tables, (comb,) = found(page)
    assert tables == []
    assert comb.merged.shape == (1, 6)
    assert is_comb(comb)


def test_a_photo_at_an_angle():
    page = paper()
    for number in range(5):
        box(page, 150 + 50 * number, 200, 50, 60)
    box(page, 500, 420, 220, 70)
    write(page, "29", 520, 475)
    source = np.array([(0, 0), (900, 0), (900, 800), (0, 800)], np.float32)
    target = np.array([(120, 80), (880, 10), (990, 880), (10, 800)], np.float32)
    photo = cv2.warpPerspective(
        page, cv2.getPerspectiveTransform(source, target), (1000, 900), borderValue=60
    )
    tables, boxes = found(cv2.GaussianBlur(photo, (0, 0), 0.8))
    assert shapes([*tables, *boxes]) == [(1, 1), (1, 5)]
    assert all(is_comb(grid) for grid in (*tables, *boxes) if grid.merged.size > 1)


def test_writing_across_a_side_leaves_a_box_a_box():
    page = paper()
    box(page, 200, 300, 200, 70)
    write(page, "37614", 300, 355)
    tables, (one,) = found(page)
    assert tables == []
    assert np.abs(one.corners.reshape(-1, 2).mean(axis=0) - (300, 335)).max() < 12


def test_the_cells_of_a_table_are_no_boxes():
    page = paper()
    for row in range(4):
        for column in range(3):
            box(page, 150 + 130 * column, 200 + 80 * row, 130, 80)
    box(page, 650, 300, 150, 60)
    tables, boxes = found(page)
    assert shapes(tables) == [(4, 3)]
    assert shapes(boxes) == [(1, 1)]


def test_a_small_table_is_a_table():
    page = paper(1500, 1100)
    for row in range(2):
        for column in range(2):
            box(page, 300 + 36 * column, 400 + 30 * row, 36, 30)
    tables, boxes = found(page)
    assert shapes(tables) == [(2, 2)]
    assert boxes == []


def test_a_frame_around_boxes_is_no_field():
    page = paper()
    box(page, 40, 40, 800, 700, 3)
    box(page, 200, 300, 200, 70)
    assert shapes(found(page)[1]) == [(1, 1)]


def test_letters_and_digits_are_no_boxes():
    page = paper()
    for line in range(5):
        write(page, "BOOK 0DQ8 HEAD", 60, 120 + 130 * line, 2.5)
    assert found(page) == ([], [])


def test_two_boxes_one_under_the_other_are_two():
    page = paper()
    box(page, 200, 300, 200, 60)
    box(page, 200, 380, 200, 60)
    tables, boxes = found(page)
    assert tables == []
    assert shapes(boxes) == [(1, 1), (1, 1)]
