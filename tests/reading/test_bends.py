import cv2
import numpy as np
import pytest

from inkdigits.reading.bends import bends_alone, lasting_places, odd_pieces

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


def table(strengths, *, missing=()):
    """A picture of lying rules of some gray levels, their crossings, and how much of each piece is there."""
    picture = np.full((60 * len(strengths) + 40, 440), 240, np.uint8)
    for row, level in enumerate(strengths):
        cv2.line(picture, (20, 40 + 60 * row), (420, 40 + 60 * row), level, 2)
    x, y = np.meshgrid(20 + 100.0 * np.arange(5), 40 + 60.0 * np.arange(len(strengths)))
    shares = np.ones((len(strengths), 4), np.float32)
    for place in missing:
        shares[place] = 0.1
    return picture, np.stack([x, y], axis=-1).astype(np.float32), shares


def test_a_fainter_rule_is_odd_and_a_frame_or_one_before_sums_is_not():
    assert not odd_pieces(*table([20, 90, 90, 90, 20])).any()
    odd = odd_pieces(*table([20, 90, 190, 90, 90, 20]))
    assert odd[2].all()
    assert not np.delete(odd, 2, axis=0).any()
    assert not odd_pieces(*table([20, 90, 190, 90, 190, 20])).any()  # two of a kind were meant
    assert not odd_pieces(*table([160, 160, 20, 160, 160])).any()  # before the sums
    assert odd_pieces(*table([160, 160, 20, 160, 160], missing=[(2, 3)]))[2].all()


@pytest.mark.parametrize("frame", [20, 60])
def test_a_lone_rule_within_a_bolder_frame_is_not_odd(frame):
    assert not odd_pieces(*table([frame, 190, frame])).any()


def test_a_rule_that_is_there_once_is_odd():
    odd = odd_pieces(*table([90, 90, 90, 90], missing=[(2, 0), (2, 1), (2, 3)]))
    assert odd[2].all()
    assert not np.delete(odd, 2, axis=0).any()
    assert not odd_pieces(*table([90, 90])).any()
