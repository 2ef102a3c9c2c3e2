import cv2
import numpy as np
import pytest

from inkdigits.reading.crossed import sides_crossed

RIM, INSET = 16, 8


def cell(*lines, level=120):
    """A cell of 100 x 100 pixels with its rules, with something drawn over it: points from its top left corner."""
    wide = np.full((100 + 2 * RIM, 100 + 2 * RIM), 235, np.uint8)
    for place in (RIM, RIM + 100):
        cv2.line(wide, (0, place), (wide.shape[1], place), 60, 3)
        cv2.line(wide, (place, 0), (place, wide.shape[0]), 60, 3)
    for points in lines:
        cv2.polylines(wide, [np.array(points, np.int32) + RIM], False, level, 4, cv2.LINE_AA)
    return wide


@pytest.mark.parametrize(
    ("lines", "crossed"),
    [
        ([], 0),
        ([[(50, 25), (50, 75)]], 0),  # a 1
        ([[(50, 20), (50, 125)]], 1),  # one with a long tail
        ([[(40, -30), (60, 130)]], 2),
        ([[(-30, 60), (50, 30), (130, 60)]], 2),
        ([[(-30, 50), (130, 50)], [(50, -30), (50, 130)]], 4),
        ([[(50, -30), (50, 50)], [(80, 90), (80, 130)]], 1),  # each over one
        ([[(50, 1), (50, 99)]], 0),  # from rule to rule
    ],
)
@pytest.mark.parametrize("level", [40, 200])
def test_what_runs_through_a_cell_crosses_two_of_its_sides(lines, crossed, level):
    assert sides_crossed(cell(*lines, level=level), RIM, 2 * INSET) == crossed


def test_a_cell_without_room_within_its_rules_is_crossed_by_nothing():
    assert sides_crossed(cell()[:40, :40], RIM, INSET) == 0
    assert sides_crossed(np.full((200, 200), 255, np.uint8), RIM, INSET) == 0
