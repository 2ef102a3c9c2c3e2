import numpy as np
import pytest
from PIL import ImageColor

from inkdigits.containers import Alternative, Field
from inkdigits.export.annotate import STATUS_COLORS, annotate_readings


def make_field(status):
    return Field("digit", "4", 4, 0.7, status, (Alternative("9", 9, 0.2),), box=(10, 10, 30, 40))


@pytest.mark.parametrize("status", sorted(STATUS_COLORS))
def test_the_box_has_the_color_of_the_status(status):
    picture = annotate_readings(
        [np.full((50, 40), 255, np.uint8)], [make_field(status)], [None], [()], ["a.png"]
    )
    colors = {color for _, color in picture.getcolors(1 << 20)}
    assert ImageColor.getrgb(STATUS_COLORS[status]) in colors


def test_every_image_gets_a_card():
    image, seen = np.full((20, 900), 200, np.uint8), np.zeros((28, 28), np.uint8)
    one = annotate_readings([image], [make_field("ok")], [seen], [()], ["a"])
    six = annotate_readings([image] * 6, [make_field("ok")] * 6, [seen] * 6, [()] * 6, ["a" * 80] * 6)
    assert six.height > 2.8 * one.height


def test_what_the_model_saw_is_shown_dark_on_light():
    seen = np.zeros((28, 28), np.uint8)
    blank = annotate_readings([np.full((20, 20), 255, np.uint8)], [make_field("ok")], [seen], [()], ["a"])
    full = annotate_readings(
        [np.full((20, 20), 255, np.uint8)], [make_field("ok")], [seen + np.uint8(255)], [()], ["a"]
    )
    assert np.asarray(full).mean() < np.asarray(blank).mean() - 20
