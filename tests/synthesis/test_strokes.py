import numpy as np
import pytest

from inkdigits.synthesis.allographs import ALLOGRAPHS
from inkdigits.synthesis.strokes import Pen, choose_skeleton, draw_skeleton, smooth_line

EXACT = Pen(0.08, pressure=0.0, tremor=0.0, jitter=0.0)


@pytest.mark.parametrize("character", sorted(ALLOGRAPHS))
def test_every_skeleton_leaves_ink(character):
    rng = np.random.default_rng(0)
    for _, skeleton in ALLOGRAPHS[character]:
        mask, _, _ = draw_skeleton(skeleton, Pen(0.06), rng)
        assert mask.dtype == np.uint8
        assert mask.max() > 200


def test_a_bar_stands_where_its_skeleton_says():
    mask, left, top = draw_skeleton("10,0 10,100", EXACT, np.random.default_rng(0), unit=100)
    rows, columns = np.nonzero(mask > 127)
    assert rows.min() + 100 * top == pytest.approx(-4, abs=2)  # half a pen above the top
    assert rows.max() + 100 * top == pytest.approx(104, abs=2)
    assert columns.mean() + 100 * left == pytest.approx(10, abs=1)


@pytest.mark.parametrize("width", [0.03, 0.08, 0.2])
def test_the_pen_is_as_wide_as_asked(width):
    mask, _, _ = draw_skeleton(
        "0,0 0,100", Pen(width, 0.0, 0.0, 0.0, 0.0), np.random.default_rng(0), unit=100
    )
    assert mask[50].sum() / 255 == pytest.approx(100 * width, abs=1.2)


def test_corners_break_the_line_and_other_points_round_it():
    points = np.array([[0, 0], [1, 0], [1, 1]], np.float32)
    sharp = smooth_line(points, np.array([False, True, False]))
    round_ = smooth_line(points, np.array([False, False, False]))
    assert sharp.shape == round_.shape == (13, 2)
    assert sharp[:, 0].max() <= 1.0 + 1e-6
    assert round_[:, 0].max() > 1.02


def test_frequent_variants_come_more_often():
    rng = np.random.default_rng(0)
    drawn = [choose_skeleton("7", rng) for _ in range(2000)]
    weights = {skeleton: weight for weight, skeleton in ALLOGRAPHS["7"]}
    assert set(drawn) == set(weights)
    commonest = max(weights, key=weights.get)
    assert drawn.count(commonest) / 2000 == pytest.approx(
        weights[commonest] / sum(weights.values()), abs=0.04
    )
