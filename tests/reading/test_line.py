import cv2
import numpy as np
import pytest

from inkdigits import load_mnist
from inkdigits.reading.line import STRIP_HEIGHT, normalize_line


@pytest.fixture(scope="module")
def writing():
    """Three digits, 84 x 168, ink bright."""
    (images, _), _ = load_mnist()
    return np.kron(np.hstack(images[[0, 2, 4]]), np.ones((2, 2), np.uint8))


def page_of(writing, *, left=40, top=30, height=120, width=260):
    page = np.full((height, width), 225, np.uint8)
    inside = page[top : top + writing.shape[0], left : left + writing.shape[1]]
    np.minimum(inside, 225 - (writing * 0.75).astype(np.uint8), out=inside)
    return page


def test_a_strip_shows_the_writing_as_high_wherever_it_stands(writing):
    strips = [
        normalize_line(page_of(writing, left=left, top=top, height=height))
        for left, top, height in ((40, 30, 120), (60, 90, 200), (2, 2, 62))
    ]
    heights = [np.ptp(np.flatnonzero((strip.image > 128).any(axis=1))) + 1 for strip in strips]
    assert all(strip.image.shape[0] == STRIP_HEIGHT for strip in strips)
    assert max(heights) - min(heights) <= 2
    assert 19 <= min(heights) <= max(heights) <= 25


@pytest.mark.parametrize("gap", [0, 4, 10])
def test_a_frame_about_the_writing_does_not_make_it_smaller(writing, gap):
    plain = page_of(writing)
    framed = plain.copy()
    height, width = framed.shape
    cv2.rectangle(framed, (gap, gap), (width - 1 - gap, height - 1 - gap), 120, 2)
    strips = [normalize_line(page) for page in (plain, framed)]
    heights = [strip.box[3] - strip.box[1] for strip in strips]
    assert heights[1] <= 1.15 * heights[0]


def test_a_1_at_the_edge_stays_in_the_strip():
    page = np.full((60, 120), 230, np.uint8)
    page[10:50, 3:7] = 30  # as near to the edge, and as straight, as the side of a frame
    cv2.putText(page, "88", (40, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.8, 30, 4)
    strip = normalize_line(page)
    assert strip.box[0] <= 3


def test_bare_paper_has_no_line():
    assert normalize_line(np.full((40, 200), 200, np.uint8)) is None
