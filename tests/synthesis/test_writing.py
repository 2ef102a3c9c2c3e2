import dataclasses

import numpy as np
import pytest

from inkdigits.synthesis.hands import Hand
from inkdigits.synthesis.writing import LineStyle, sample_line_style, write_line

EVEN = LineStyle(gap=0.3, gap_wander=0.0, size_wander=0.0, baseline_wander=0.0)


@pytest.fixture(params=["mnist", "handwritten", "printed", "strokes"])
def hand(request, sources):
    hand = Hand.sample(sources, np.random.default_rng(1))
    return dataclasses.replace(hand, source=request.param, font=0, slant=0.1, aspect=1.0)


def test_a_line_is_as_high_as_asked_and_grows_with_its_text(hand):
    rng = np.random.default_rng(0)
    short, long = (write_line(text, hand, EVEN, rng, height=40) for text in ("5", "5555"))
    assert 28 < short.ink.shape[0] < 64
    assert long.ink.shape[1] > 3 * short.ink.shape[1]
    assert len(short.gaps) == 0
    assert len(long.gaps) == 3


def test_gaps_lie_between_the_digits(hand):
    line = write_line("8080", hand, dataclasses.replace(EVEN, gap=0.6), np.random.default_rng(0), height=40)
    for gap in line.gaps:
        column = round(gap)
        assert line.ink[:, column - 2 : column + 3].max() < 100


def test_marks_stand_at_the_foot_and_in_the_middle(hand):
    def center(character):
        line = write_line(f"8{character}8", hand, EVEN, np.random.default_rng(0), height=60)
        left, right = (round(gap) for gap in line.gaps)
        rows = np.flatnonzero((line.ink[:, left:right] > 127).any(axis=1))
        return (line.baseline - rows.mean()) / 60

    assert center(".") < 0.3
    assert 0.2 < center("-") < 0.7


def test_points_can_stand_higher_fainter_and_further_apart(hand):
    def point(**changes):
        style = dataclasses.replace(EVEN, **changes)
        line = write_line("8.8", hand, style, np.random.default_rng(0), height=60)
        left, right = (round(gap) for gap in line.gaps)
        part = line.ink[:, left:right]
        return (line.baseline - np.flatnonzero(part.any(axis=1)).mean()) / 60, part.max(), line.ink.shape[1]

    usual, raised, faint, apart = (
        point(),
        point(mark_rise=0.4),
        point(mark_strength=0.5),
        point(mark_space=0.4),
    )
    assert raised[0] == pytest.approx(usual[0] + 0.4, abs=0.15)
    assert faint[1] == pytest.approx(usual[1] / 2, abs=10)
    assert apart[2] == pytest.approx(usual[2] + 0.8 * 60, abs=20)


def test_zeros_in_one_stroke_are_joined():
    from inkdigits.synthesis import GlyphSources

    rng = np.random.default_rng(0)
    hand = Hand.sample(GlyphSources(), rng)
    line = write_line("000", hand, dataclasses.replace(EVEN, run_of_zeros=1.0), rng, height=40)
    columns = np.flatnonzero((line.ink > 100).any(axis=0))
    assert np.diff(columns).max() == 1


def test_styles_suit_the_hand(sources):
    rng = np.random.default_rng(0)
    hand = dataclasses.replace(Hand.sample(sources, rng), source="printed")
    assert sample_line_style(hand, rng).baseline_wander < 0.01
    hand = dataclasses.replace(hand, source="strokes", keep_width=False)
    styles = [sample_line_style(hand, rng) for _ in range(300)]
    assert any(style.gap < 0 for style in styles)
    assert any(style.gap > 0.4 for style in styles)
    assert any(style.joined > 0 for style in styles)
    assert any(style.run_of_zeros > 0 for style in styles)
