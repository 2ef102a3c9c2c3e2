import cv2
import numpy as np
import pytest

from inkdigits import load_mnist
from inkdigits.reading.normalize import normalize_digit, place_as_mnist


@pytest.fixture(scope="module")
def digits():
    (images, labels), _ = load_mnist()
    return [images[np.flatnonzero(labels == digit)[3]] for digit in range(10)]


def photograph(digit, size=120, paper=225, ink=60, margin=40):
    """Lay an MNIST digit on paper, larger and with a margin."""
    strength = cv2.resize(digit, (size, size), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255
    page = np.full((size + 2 * margin, size + 2 * margin), float(paper), np.float32)
    page[margin:-margin, margin:-margin] += np.clip(strength, 0, 1) * (ink - paper)
    return np.rint(page).astype(np.uint8)


def difference(image, digit):
    return np.abs(image.astype(float) - digit).mean()


def test_a_photographed_mnist_digit_comes_back_as_it_was(digits):
    for digit in digits:
        seen = normalize_digit(photograph(digit))[0]
        assert seen.image.shape == (28, 28)
        assert seen.image.dtype == np.uint8
        assert difference(seen.image, digit) < 14


@pytest.mark.parametrize(("paper", "ink"), [(235, 20), (200, 165), (20, 240), (60, 110)])
def test_polarity_and_contrast_do_not_matter(digits, paper, ink):
    for digit in digits[2:5]:
        plain = normalize_digit(photograph(digit))[0].image
        other = normalize_digit(photograph(digit, paper=paper, ink=ink))[0].image
        assert difference(other, plain) < 8


def test_a_light_gradient_does_not_matter(digits):
    page = photograph(digits[3], paper=235, ink=90).astype(np.float32)
    page *= np.linspace(0.45, 1, page.shape[1], dtype=np.float32)
    seen = normalize_digit(page.astype(np.uint8))[0].image
    assert difference(seen, normalize_digit(photograph(digits[3]))[0].image) < 10


def test_a_frame_is_left_out(digits):
    page = photograph(digits[2])
    page[6:10] = 30
    page[:, -12:-9] = 30
    seen = normalize_digit(page)[0].image
    assert difference(seen, normalize_digit(photograph(digits[2]))[0].image) < 6


def test_the_box_is_where_the_ink_is():
    page = np.full((300, 200), 240, np.uint8)
    cv2.line(page, (90, 60), (110, 240), 30, 9)
    left, top, right, bottom = normalize_digit(page)[0].box
    assert abs(left - 85) <= 6
    assert abs(top - 55) <= 6
    assert abs(right - 115) <= 6
    assert abs(bottom - 245) <= 6


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (3, 3), (16, 16), (28, 28), (2000, 1500), (20, 20_000)])
def test_bare_paper_of_any_size_holds_no_digit(shape):
    assert normalize_digit(np.full(shape, 230, np.uint8)) == []


def test_paper_texture_holds_no_digit():
    noise = np.random.default_rng(0).normal(220, 3, (90, 90))
    assert normalize_digit(np.clip(noise, 0, 255).astype(np.uint8)) == []


@pytest.mark.parametrize("size", [12, 16, 28, 64, 700, 3000])
def test_any_size_gives_the_same_shape(digits, size):
    page = cv2.resize(photograph(digits[5]), (size, size), interpolation=cv2.INTER_AREA)
    assert normalize_digit(page)[0].image.max() > 150


def test_placing_keeps_the_aspect_ratio_and_centers_the_mass():
    strength = np.ones((40, 10), np.float32)
    image = place_as_mnist(strength)
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert (len(rows), len(columns)) == (20, 5)
    weights = image / image.sum()
    center = (weights.sum(axis=1) @ np.arange(28), weights.sum(axis=0) @ np.arange(28))
    np.testing.assert_allclose(center, (14, 14), atol=0.51)


@pytest.mark.parametrize("margin", [4, 7, 12])
def test_the_bar_of_a_letter_near_the_edge_is_no_frame(margin):
    page = np.full((120, 120), 230, np.uint8)
    cv2.line(page, (margin, margin), (119 - margin, margin), 40, 6)
    cv2.line(page, (60, margin), (60, 119 - margin), 40, 6)
    first, *others = normalize_digit(page)
    width = np.flatnonzero(first.image.max(axis=0) > 100)
    assert len(width) >= 18  # the bar of the T, not its stem alone
    assert all(not np.array_equal(first.image, other.image) for other in others)


def test_a_frame_whose_sides_meet_is_left_out(digits):
    page = photograph(digits[2])
    cv2.rectangle(page, (8, 8), (page.shape[1] - 9, page.shape[0] - 9), 30, 3)
    seen = normalize_digit(page)[0].image
    assert difference(seen, normalize_digit(photograph(digits[2]))[0].image) < 6


def test_dots_belong_to_marks_alone():
    page = np.full((120, 120), 230, np.uint8)
    cv2.line(page, (20, 60), (100, 60), 40, 7)
    for row in (30, 90):
        cv2.circle(page, (60, row), 5, 40, -1)
    (digit,), (sign,) = normalize_digit(page), normalize_digit(page, marks=True)
    assert digit.box[3] - digit.box[1] < 15
    assert sign.box[3] - sign.box[1] > 60
