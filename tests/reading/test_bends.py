import cv2
import numpy as np
import pytest

from inkdigits.reading.bends import bends_alone, lasting_places, odd_pieces, strengths_of

COLUMNS = np.arange(20.0, 1000, 40)
BULGE = 12 * np.sin(np.pi * COLUMNS / 1000)


def rules(*heights):
    return [(COLUMNS, np.asarray(height, np.float64)) for height in heights]


def test_rules_that_bend_together_last():
    lasting = lasting_places(rules(*(100 * number + number * BULGE / 3 for number in range(1, 6))))
    assert all(places.all() for places in lasting)


@pytest.mark.parametrize("index", range(4))
def test_a_rule_loses_the_places_at_which_something_else_was_followed(index):
    heights = [100 * number + BULGE for number in range(4)]
    heights[index] = heights[index] + np.maximum(0, COLUMNS - 700) * 0.1
    lasting = lasting_places(rules(*heights))
    assert not lasting[index][-5:].any()
    assert lasting[index][:15].all()
    assert all(places.all() for number, places in enumerate(lasting) if number != index)


def test_an_arc_among_rules_is_none():
    arc = 250 + 60 * np.cos((COLUMNS - 500) / 300)
    heights = [np.full(len(COLUMNS), level) for level in (100, 200, 300, 400)]
    lasting = lasting_places(rules(*heights[:2], arc, *heights[2:]))
    assert [places.any() for places in lasting] == [True, True, False, True, True]


def test_two_rules_tell_nothing_of_each_other():
    lasting = lasting_places(rules(np.full(len(COLUMNS), 50), 90 + 3 * BULGE))
    assert all(places.all() for places in lasting)
    assert lasting_places([]) == []


def test_of_three_rules_the_middle_one_is_judged_by_those_around_it():
    straight = np.full(len(COLUMNS), 24.0)
    for stray in (74 + 8 * BULGE, 30 + 0.09 * COLUMNS):
        lasting = lasting_places(rules(straight, stray, straight + 100))
        assert lasting[0].all()
        assert lasting[2].all()
        assert not lasting[1].all()


def test_of_three_rules_that_do_not_go_together_none_is_blamed():
    straight = np.full(len(COLUMNS), 24.0)
    lasting = lasting_places(rules(straight, straight + 50, straight + 100 + 0.1 * COLUMNS))
    assert all(places.all() for places in lasting)


def piece(*points):
    dark = np.zeros((60, 140), np.uint8)
    cv2.polylines(dark, [np.array(points, np.int32)], False, 1, 3)
    return dark


def test_a_straight_piece_goes_with_straight_rules_and_an_arc_does_not():
    start, end = np.array([20, 30], np.float32), np.array([120, 30], np.float32)
    along = np.arange(10, 130)
    arc = np.stack([along, 30 + 5 * (((along - 70) / 50) ** 2 - 0.5)], axis=1)
    assert not bends_alone(piece((10, 30), (130, 30)), start, end, 0.0, 0.0)
    assert bends_alone(piece(*arc), start, end, 0.0, 0.0)
    assert not bends_alone(piece(*arc), start, end, 0.0, -5.0)  # the rules beside it bend so, too


def test_a_piece_that_is_not_parallel_to_the_rules_is_none():
    dark = piece((10, 24), (130, 36))
    start, end = np.array([20, 25], np.float32), np.array([120, 35], np.float32)
    assert bends_alone(dark, start, end, 0.0, 0.0)
    assert not bends_alone(dark, start, end, 10.0, 0.0)


def table(levels, *, missing=()):
    """A picture of lying rules of some gray levels, their crossings, and how much of each piece is there."""
    picture = np.full((60 * len(levels) + 40, 440), 240, np.uint8)
    for row, level in enumerate(levels):
        cv2.line(picture, (20, 40 + 60 * row), (420, 40 + 60 * row), level, 2)
    x, y = np.meshgrid(20 + 100.0 * np.arange(5), 40 + 60.0 * np.arange(len(levels)))
    shares = np.ones((len(levels), 4), np.float32)
    for place in missing:
        shares[place] = 0.1
    return picture, np.stack([x, y], axis=-1).astype(np.float32), shares


def odd(levels, *, missing=(), crossing=(90, 90, 90)):
    """Which rules are odd, by their places from above."""
    drawn, crossed = table(levels, missing=missing), table(crossing)
    found = odd_pieces(strengths_of(*drawn), drawn[2], strengths_of(*crossed))
    assert (found.all(axis=1) | ~found.any(axis=1)).all()
    return np.flatnonzero(found.any(axis=1)).tolist()


def test_how_strong_a_rule_is_does_not_depend_on_the_light():
    picture, crossings, shares = table([60, 120, 180])
    bright, dim = (strengths_of(one, crossings, shares) for one in (picture, picture // 2))
    assert bright == pytest.approx(dim, rel=0.05)
    assert bright[0] > 1.4 * bright[1] > 1.4 * 1.4 * bright[2]
    assert strengths_of(picture, crossings, shares * 0)[0] == 0


def test_a_fainter_rule_is_odd_and_a_frame_or_one_before_sums_is_not():
    assert odd([20, 90, 90, 90, 20]) == []
    assert odd([20, 90, 190, 90, 90, 20]) == [2]
    assert odd([20, 90, 190, 90, 190, 20]) == []  # two of a kind were meant
    assert odd([160, 160, 20, 160, 160]) == []  # before the sums
    assert odd([160, 160, 20, 160, 160], missing=[(2, 3)]) == [2]


def test_of_few_rules_one_is_odd_that_is_fainter_than_those_that_cross_it():
    assert odd([20, 190, 20]) == []  # a table of two columns
    assert odd([20, 90, 20], crossing=(20, 20, 20)) == []
    assert odd([20, 90, 190, 20]) == [2]
    assert odd([20, 20, 90, 20], crossing=(90, 90, 90)) == []


def test_a_rule_that_is_there_once_is_odd():
    assert odd([90, 90, 90, 90], missing=[(2, 0), (2, 1), (2, 3)]) == [2]
    assert odd([90, 90]) == []
