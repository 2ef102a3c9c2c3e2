import numpy as np
import pytest

from inkdigits.synthesis.paper import (
    draw_box_edges,
    draw_dotted_rule,
    draw_ghost,
    draw_rule,
    draw_security_pattern,
    draw_side,
    grain,
    sheet,
)

SHAPE = (60, 140)


@pytest.mark.parametrize("kind", ["white", "fine", "medium", "coarse"])
def test_grain_is_noise_of_deviation_one(kind):
    noise = grain((400, 500), np.random.default_rng(0), kind)
    assert noise.mean() == pytest.approx(0, abs=0.1)
    assert noise.std() == pytest.approx(1, abs=0.1)


def test_grain_covers_pictures_larger_than_its_plane():
    assert grain((30, 1500), np.random.default_rng(0), "white").shape == (30, 1500)


def test_paper_has_the_tone_it_was_given():
    tones = [sheet(SHAPE, 180, np.random.default_rng(seed)).mean() for seed in range(40)]
    assert np.mean(tones) == pytest.approx(180, abs=8)


@pytest.mark.parametrize(
    "draw",
    [
        lambda plane, rng: draw_rule(plane, rng, darkness=0.5, thickness=1.5, at=0.5),
        lambda plane, rng: draw_dotted_rule(plane, rng, darkness=0.5, at=0.8),
        lambda plane, rng: draw_box_edges(plane, rng, reach=0.1, darkness=0.5),
        lambda plane, rng: draw_side(plane, rng, x=70.0, darkness=0.5),
        lambda plane, rng: draw_security_pattern(plane, rng, darkness=0.5),
        lambda plane, rng: draw_ghost(plane, np.full((30, 30), 255, np.uint8), rng, darkness=0.5),
    ],
)
def test_what_is_drawn_is_as_dark_as_asked(draw):
    darkest = []
    for seed in range(10):
        plane = np.zeros(SHAPE, np.float32)
        draw(plane, np.random.default_rng(seed))
        assert plane.max() <= 0.5 + 1e-6
        darkest.append(plane.max())
    assert np.mean(darkest) > 0.25


def test_boxes_leave_the_middle_free():
    for seed in range(40):
        plane = np.zeros(SHAPE, np.float32)
        draw_box_edges(plane, np.random.default_rng(seed), reach=0.1, darkness=1.0, partial=seed % 2 == 0)
        assert plane[20:40, 30:110].max() == 0
