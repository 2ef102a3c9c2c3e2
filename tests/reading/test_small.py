import cv2
import numpy as np
import pytest

from inkdigits import Reader
from inkdigits.reading.small import find_small_writing


def sheet(height, width, text="427", *, at, scale=1.5, paper=230, noise=2.0):
    """Paper with a little printed on it, its lower left corner at ``at``."""
    rng = np.random.default_rng(1)
    page = rng.normal(paper, noise, (height, width)).clip(0, 255).astype(np.uint8)
    cv2.putText(page, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, 40, 3, cv2.LINE_AA)
    return page


def test_small_writing_is_found_on_a_sheet():
    left, top, right, bottom = find_small_writing(sheet(1000, 1400, at=(600, 500)))
    assert left < 600 < 680 < right
    assert top < 468 < 500 < bottom
    assert (right - left) * (bottom - top) < 0.02 * 1000 * 1400


@pytest.mark.parametrize("noise", [0.0, 2.0, 12.0])
def test_bare_paper_has_none(noise):
    assert find_small_writing(sheet(700, 900, "", at=(0, 0), noise=noise)) is None


def test_specks_and_frames_are_no_writing():
    page = sheet(700, 900, "", at=(0, 0))
    page[300:306, 400:405] = 20
    cv2.rectangle(page, (40, 40), (860, 660), 20, 4)
    assert find_small_writing(page) is None


def test_large_writing_is_not_small():
    assert find_small_writing(sheet(80, 140, at=(30, 55))) is None


@pytest.mark.parametrize("kind", ["digit", "number", "auto"])
def test_a_digit_is_read_however_much_paper_is_about_it(kind):
    field = Reader().read_field(sheet(1200, 1500, "7", at=(700, 600)), kind=kind)
    assert (field.text, field.status) == ("7", "ok")
    left, top, right, bottom = field.symbols[0].box
    assert 690 <= left < right <= 740
    assert 560 <= top < bottom <= 610


def test_a_number_is_read_however_much_paper_is_about_it():
    field = Reader().read_field(sheet(1200, 1500, at=(700, 600)), kind="number")
    assert (field.text, field.status) == ("427", "ok")
    assert 680 < field.box[0] < 702 < 770 < field.box[2] < 800
    assert [symbol.text for symbol in field.symbols] == ["4", "2", "7"]
    assert all(690 < symbol.box[0] < symbol.box[2] < 790 for symbol in field.symbols)
