"""Fields of a page beside its tables: boxes, combs, and numbers lying free."""

import time

import cv2
import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.containers import Page


@pytest.fixture(scope="module")
def reader():
    return Reader(threads=1)


def paper(height=1200, width=900):
    return np.full((height, width), 235, np.uint8)


def write(page, text, left, bottom, scale=1.5):
    cv2.putText(page, text, (left, bottom), cv2.FONT_HERSHEY_SIMPLEX, scale, 30, 3, cv2.LINE_AA)


def box(page, left, top, width, height):
    cv2.rectangle(page, (left, top), (left + width, top + height), 70, 2)


def form():
    page = paper()
    write(page, "Name", 100, 255, 1.2)
    box(page, 300, 200, 260, 80)
    write(page, "4071", 330, 260)
    for number, digit in enumerate("52936"):
        box(page, 300 + 60 * number, 400, 60, 80)
        write(page, digit, 315 + 60 * number, 457)
    box(page, 300, 600, 260, 80)
    return page


def texts(page):
    return [field.text for field in page.fields]


def free_page():
    page = paper()
    write(page, "48", 120, 200)
    write(page, "3079", 600, 206)
    write(page, "Monday", 120, 500)
    write(page, "615", 500, 500)
    write(page, "92", 200, 900)
    return page


@pytest.mark.parametrize("quarters", range(4))
def test_boxes_and_combs_are_fields_in_reading_order(reader, quarters):
    page = reader.read_page(np.rot90(form(), quarters))
    assert page.tables == ()
    assert texts(page) == ["4071", "52936", ""]
    assert [field.status == "empty" for field in page.fields] == [False, False, True]


def test_the_box_of_a_boxed_field_is_the_whole_box(reader):
    boxed, comb, empty = reader.read_page(form()).fields
    assert np.abs(np.array(boxed.box) - (300, 200, 560, 280)).max() <= 4
    assert np.abs(np.array(comb.box) - (300, 400, 600, 480)).max() <= 4
    assert np.abs(np.array(empty.box) - (300, 600, 560, 680)).max() <= 4
    for field in (boxed, comb):
        centers = [(symbol.box[0] + symbol.box[2]) / 2 for symbol in field.symbols]
        assert centers == sorted(centers)
        assert field.box[0] < centers[0] < centers[-1] < field.box[2]


def test_a_comb_of_empty_boxes_is_one_empty_field(reader):
    page = paper()
    for number in range(5):
        box(page, 300 + 60 * number, 400, 60, 80)
    (field,) = reader.read_page(page).fields
    assert (field.status, field.text) == ("empty", "")


def test_a_comb_that_is_partly_filled(reader):
    page = paper()
    for number, digit in enumerate("  70"):
        box(page, 300 + 60 * number, 400, 60, 80)
        if digit.strip():
            write(page, digit, 315 + 60 * number, 457)
    (field,) = reader.read_page(page).fields
    assert (field.text, field.value) == ("70", 70)


@pytest.mark.parametrize("quarters", range(4))
def test_numbers_lying_free_are_read_in_reading_order_and_words_left_out(reader, quarters):
    page = reader.read_page(np.rot90(free_page(), quarters))
    assert texts(page) == ["48", "3079", "615", "92"]
    assert page.tables == ()
    assert any(step.startswith("turn") for step in page.steps) == (quarters > 0)


def test_the_box_of_a_free_number_is_around_its_ink(reader):
    field = reader.read_page(free_page()).fields[1]
    ink = np.argwhere(free_page()[150:260, 550:] < 128) + np.array([150, 550])
    (top, left), (bottom, right) = ink.min(axis=0), ink.max(axis=0) + 1
    assert np.abs(np.array(field.box) - (left, top, right, bottom)).max() <= 5


@pytest.mark.parametrize("squared", [False, True])
def test_numbers_on_ruled_paper(reader, squared):
    page = free_page()
    rules = paper()
    for y in range(40, 1200, 40):
        cv2.line(rules, (0, y), (900, y), 180, 2)
    for x in range(40, 900, 40) if squared else ():
        cv2.line(rules, (x, 0), (x, 1200), 180, 2)
    read = reader.read_page(np.minimum(page, rules))
    assert read.tables == ()
    assert texts(read) == ["48", "3079", "615", "92"]


def test_a_photo_at_an_angle(reader):
    source = np.array([(0, 0), (900, 0), (900, 1200), (0, 1200)], np.float32)
    target = np.array([(100, 60), (880, 40), (970, 1280), (20, 1210)], np.float32)
    homography = cv2.getPerspectiveTransform(source, target)
    photo = cv2.warpPerspective(free_page(), homography, (1000, 1300), borderValue=70)
    photo[:, :480] //= 2
    assert texts(reader.read_page(cv2.GaussianBlur(photo, (0, 0), 0.8))) == ["48", "3079", "615", "92"]


def test_writing_in_a_table_is_no_field_again(reader):
    page = free_page()
    for row in range(2):
        for column in range(3):
            box(page, 150 + 130 * column, 620 + 90 * row, 130, 90)
            write(page, str(3 * row + column + 1), 195 + 130 * column, 685 + 90 * row)
    read = reader.read_page(page)
    assert [[field.text for field in row] for row in read.tables[0].cells] == [
        ["1", "2", "3"],
        ["4", "5", "6"],
    ]
    assert texts(read) == ["48", "3079", "615", "92"]


def test_kinds_and_options_hold_for_fields(reader):
    page = reader.read_page(form(), kind="number", choices=["4071", "52936"])
    assert texts(page) == ["4071", "52936", ""]
    assert {field.kind for field in page.fields} == {"number"}


def test_fields_go_through_json(reader):
    page = reader.read_page(form())
    assert Page.from_dict(page.to_dict()) == page


def text_alone():
    page = paper()
    for line in range(20):
        write(page, "nothing but words here", 60, 80 + 55 * line, 1.3)
    return page


def cat():
    random = np.random.default_rng(4)
    size = (1500, 1100)
    picture = np.zeros(size, np.float32)
    for cells, strength in ((6, 45), (40, 25), (200, 18)):
        small = random.normal(0, strength, (cells, cells)).astype(np.float32)
        picture += cv2.resize(small, size[::-1], interpolation=cv2.INTER_CUBIC)
    fur = random.normal(0, 1, size).astype(np.float32)
    picture += 60 * cv2.filter2D(fur, -1, np.eye(15, dtype=np.float32) / 15)
    y, x = np.mgrid[: size[0], : size[1]]
    for left in (400, 700):
        distance = np.hypot(x - left, y - 600)
        picture -= 90 * np.exp(-((distance / 60) ** 4))
    return np.clip(picture + 120, 0, 255).astype(np.uint8)


NOTHING = {
    "text alone": text_alone,
    "cat": cat,
    "noise": lambda: np.random.default_rng(1).integers(0, 256, (1500, 1500), dtype=np.uint8),
    "checkerboard": lambda: (
        np.kron(np.indices((60, 60)).sum(axis=0) % 2, np.ones((20, 20))).astype(np.uint8) * 255
    ),
    "one pixel": lambda: np.zeros((1, 1), np.uint8),
    "one row": lambda: np.full((1, 4000), 200, np.uint8),
    "one column": lambda: np.random.default_rng(2).integers(0, 256, (3000, 1), dtype=np.uint8),
}


@pytest.mark.parametrize("name", NOTHING)
def test_what_holds_no_number_gives_hardly_any_and_soon(reader, name):
    picture = NOTHING[name]()
    start = time.perf_counter()
    page = reader.read_page(picture)
    assert time.perf_counter() - start < 20
    assert page.tables == ()
    assert sum(field.status == "ok" for field in page.fields) <= 2
    assert len(page.fields) <= 8


@pytest.mark.parametrize("seed", [3, 7])
def test_noise_all_over_is_texture(reader, seed):
    noise = np.random.default_rng(seed).integers(0, 256, (1500, 1500), dtype=np.uint8)
    assert reader.read_page(noise).fields == ()
