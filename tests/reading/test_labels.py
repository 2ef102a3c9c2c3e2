"""What is printed on a form beside its fields, and whether a photo shows it in its place."""

import cv2
import numpy as np
import pytest

from inkdigits.reading.agreement import flatten_light
from inkdigits.reading.labels import LabelCheck, check_labels, find_labels, labels_of_each


@pytest.fixture(scope="module")
def page():
    """A page with five rows, a word and a box each, uint8 (480, 500)."""
    page = np.full((480, 500), 255, np.uint8)
    for row, word in enumerate(("Height", "Weight", "Breadth", "Colour", "Price")):
        cv2.putText(page, word, (40, 60 + 90 * row), cv2.FONT_HERSHEY_DUPLEX, 0.7, 0, 1, cv2.LINE_AA)
        cv2.rectangle(page, (200, 30 + 90 * row), (440, 75 + 90 * row), 60, 2)
    return page


def test_words_are_found_and_boxes_are_not(page):
    labels = find_labels(flatten_light(page))
    assert len(labels) == 5
    for row, (left, top, right, bottom) in enumerate(labels):
        assert 36 <= left <= 44
        assert right < 150
        assert top < 60 + 90 * row <= bottom + 1


def test_a_copy_shows_all_labels_however_soft_it_is(page):
    labels = find_labels(page)
    for copy in (page, cv2.GaussianBlur(page, (0, 0), 1.5), np.roll(page, (2, -3), (0, 1))):
        assert check_labels(page, copy, labels) == LabelCheck()


def test_what_is_written_over_is_missing_and_not_moved(page):
    labels = find_labels(page)
    copy = page.copy()
    left, top, right, bottom = labels[1]
    for x in range(left, right, 6):
        cv2.line(copy, (x, top - 5), (x + 8, bottom + 5), 30, 3)
    assert check_labels(page, copy, labels) == LabelCheck(missing=(labels[1],))


def test_labels_that_change_places_are_moved(page):
    labels = find_labels(page)
    copy = page.copy()
    copy[30:80, :190], copy[210:260, :190] = page[210:260, :190], page[30:80, :190]
    assert check_labels(page, copy, labels) == LabelCheck((labels[0], labels[2]), moved=True)


def test_of_a_page_too_poor_to_tell_nothing_is_said(page):
    noise = np.random.default_rng(1).integers(0, 256, page.shape, np.uint8)
    assert check_labels(page, noise, find_labels(page)) == LabelCheck()
    assert check_labels(page, noise, []) == LabelCheck()


def test_the_label_of_a_field_is_the_nearest_in_its_row():
    labels = [(0, 10, 30, 20), (40, 10, 60, 20), (105, 0, 130, 8), (200, 10, 230, 20)]
    assert labels_of_each([(100, 5, 140, 25)], labels) == [[(40, 10, 60, 20)]]


def test_without_one_in_its_row_or_behind_another_field_it_is_the_nearest_above():
    labels = [(0, 10, 30, 20), (40, 10, 60, 20), (105, 0, 130, 4), (105, 40, 130, 50)]
    assert labels_of_each([(100, 60, 140, 80)], labels) == [[(105, 40, 130, 50)]]
    boxes = [(100, 5, 140, 25), (65, 5, 95, 25)]
    assert labels_of_each(boxes, labels) == [[(40, 10, 60, 20), (105, 0, 130, 4)], [(40, 10, 60, 20)]]
    assert labels_of_each([(0, 60, 20, 80)], []) == [[]]
    assert labels_of_each([], labels) == []


def test_what_is_printed_in_a_field_is_its_label_too():
    labels = [(54, 22, 100, 30), (55, 0, 100, 8)]
    assert labels_of_each([(50, 20, 290, 60)], labels) == [[(54, 22, 100, 30)]]


def test_where_all_rows_but_two_are_one_further_on_they_are_moved(page):
    labels = find_labels(page)
    copy = page.copy()
    copy[210:, :190] = np.roll(page[210:, :190], 90, axis=0)
    assert check_labels(page, copy, labels) == LabelCheck(tuple(labels[2:]), moved=True)


def test_small_print_on_a_soft_copy_is_not_missing():
    page = np.full((400, 900), 255, np.uint8)
    cv2.putText(page, "TOWN HALL", (40, 60), cv2.FONT_HERSHEY_DUPLEX, 1.4, 0, 2, cv2.LINE_AA)
    for place, word in enumerate(
        ("amount", "street", "number", "town", "payment", "quarter", "account", "total")
    ):
        x, y = 40 + 400 * (place % 2), 120 + 60 * (place // 2)
        cv2.putText(page, word, (x, y), cv2.FONT_HERSHEY_PLAIN, 0.9, 90, 1, cv2.LINE_AA)
    noise = np.random.default_rng(3).normal(0, 4, page.shape)
    soft = np.clip(cv2.GaussianBlur(page, (0, 0), 1.3) + noise, 0, 255).astype(np.uint8)
    labels = find_labels(page)
    assert len(labels) >= 9
    assert check_labels(flatten_light(page), flatten_light(soft), labels) == LabelCheck()
