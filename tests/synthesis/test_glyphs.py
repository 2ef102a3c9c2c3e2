import cv2
import numpy as np
import pytest

from inkdigits.errors import DataError
from inkdigits.synthesis.glyphs import UNIT, FontGlyphs, MnistGlyphs, bend, leaning, place, with_pen_width


def bar(width):
    mask = np.zeros((100, 60), np.uint8)
    mask[10:90, 30 - width // 2 : 30 + width // 2] = 255
    return mask


@pytest.mark.parametrize("digit", range(10))
def test_mnist_digits_are_a_unit_high_and_stand_on_the_line(sources, digit):
    glyph = sources.mnist.glyph(digit, np.random.default_rng(digit))
    rows = np.flatnonzero((glyph.mask > 100).any(axis=1))
    assert 0.5 * UNIT < len(rows) <= 1.1 * UNIT
    assert glyph.top + (rows[-1] + 1) / UNIT == pytest.approx(1.0, abs=0.06)


def test_mnist_digits_can_be_chosen_by_their_slant(sources):
    def slant_of(glyph):
        moments = cv2.moments(glyph.mask)
        return -moments["mu11"] / moments["mu02"]

    rng = np.random.default_rng(0)
    upright = [slant_of(sources.mnist.glyph(1, rng, slant=0.0)) for _ in range(40)]
    leaning_ones = [slant_of(sources.mnist.glyph(1, rng, slant=0.6)) for _ in range(40)]
    assert np.mean(leaning_ones) > np.mean(upright) + 0.2


def test_mnist_wants_all_digits():
    with pytest.raises(DataError, match="all ten digits"):
        MnistGlyphs(np.zeros((2, 28, 28), np.uint8), np.array([1, 2]))


@pytest.mark.parametrize("character", "0123456789.,-/%:=")
def test_fonts_have_every_symbol(sources, character):
    glyph = sources.printed.glyph(character, 0)
    assert glyph is not None
    assert glyph.mask.max() == 255


def test_digits_of_fonts_are_a_unit_high(sources):
    glyph = sources.printed.glyph("0", 0)
    rows = np.flatnonzero((glyph.mask > 127).any(axis=1))
    assert len(rows) == pytest.approx(UNIT, abs=3)
    assert glyph.top * UNIT + rows[0] == pytest.approx(0, abs=3)


def test_a_point_sits_at_the_foot(sources):
    glyph = sources.printed.glyph(".", 0)
    assert glyph.top > 0.75


def test_a_font_without_the_character_says_so(sources):
    assert sources.printed.glyph("\u3042", 0) is None


def test_texts_are_set_in_one_piece(sources):
    mask = sources.handwritten.text("May", 0)
    assert mask.shape[1] > 2 * mask.shape[0] / 2
    assert mask.max() == 255


def test_no_fonts_and_foreign_files_are_errors(tmp_path):
    with pytest.raises(DataError, match="no font files"):
        FontGlyphs([])
    (tmp_path / "foreign.ttf").write_bytes(b"not a font")
    with pytest.raises(DataError, match="not a font"):
        FontGlyphs([tmp_path / "foreign.ttf"]).glyph("1", 0)


@pytest.mark.parametrize("width", [6, 10, 20, 30])
def test_pens_can_be_changed(width):
    changed = with_pen_width(bar(12), width)
    assert changed[changed.shape[0] // 2].sum() / 255 == pytest.approx(width, abs=2)


def test_thinning_does_not_break_a_stroke():
    thinned = with_pen_width(bar(12), 0.5)
    assert thinned[thinned.shape[0] // 2].sum() / 255 > 3


def test_bending_keeps_the_ink():
    bent = bend(bar(12), np.random.default_rng(0), 1.5)
    assert bent.sum() == pytest.approx(bar(12).sum(), rel=0.3)
    assert (bent != bar(12)).any()


def test_leaning_moves_the_top_to_the_right():
    top, foot = leaning(0.0, 0.5, 1.0) @ np.array([[0.0, 0.0], [0.0, 1.0]])
    assert top[0] > top[1]
    assert foot.tolist() == [0.0, 1.0]


def test_placing_puts_the_middle_where_it_is_told():
    canvas = place(bar(20), np.eye(2) * 0.5, (70.0, 40.0), (90, 120))
    moments = cv2.moments(canvas)
    assert moments["m10"] / moments["m00"] == pytest.approx(69.5, abs=1)
    assert moments["m01"] / moments["m00"] == pytest.approx(39.5, abs=1)
    assert canvas.shape == (90, 120)
