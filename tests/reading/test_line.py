import cv2
import numpy as np
import pytest

from inkdigits import load_mnist
from inkdigits.reading.line import LOOKS, STRIP_HEIGHT, find_line, normalize_line


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


def test_a_broken_and_slanting_frame_does_not_make_the_writing_smaller(writing):
    plain = page_of(writing)
    framed = plain.copy()
    height, width = framed.shape
    corner = (width - 12, 6)
    cv2.line(framed, (width // 4, 9), corner, 120, 2)
    cv2.line(framed, corner, (width - 14, height - 4), 120, 2)
    strips = [normalize_line(page) for page in (plain, framed)]
    heights = [strip.box[3] - strip.box[1] for strip in strips]
    assert heights[1] <= 1.15 * heights[0]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_ones_that_fill_a_tight_crop_are_writing(count):
    page = np.full((60, 6 + 16 * count), 230, np.uint8)
    for index in range(count):
        page[3:57, 7 + 16 * index : 12 + 16 * index] = 40
    strip = normalize_line(page)
    runs = np.diff(np.concatenate([[0], strip.image[16] > 128]).astype(int)) == 1
    assert runs.sum() == count


def test_thin_digits_from_edge_to_edge_are_writing_and_no_frame():
    page = np.full((56, 180), 230, np.uint8)
    for left in (6, 90, 138):
        shape = [(left + 34, 3), (left + 8, 3), (left + 4, 24), (left + 30, 30), (left + 28, 52), (left, 51)]
        cv2.polylines(page, [np.array(shape)], False, 60, 2, cv2.LINE_AA)
    assert normalize_line(page).box[2] >= 168


def test_tall_slashes_do_not_make_the_digits_of_a_date_small():
    page = np.full((120, 420), 230, np.uint8)
    for left in (10, 150, 290):
        cv2.putText(page, "22", (left, 80), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 30, 3)
    plain = normalize_line(page)
    for x in (125, 265):
        cv2.line(page, (x, 8), (x - 12, 112), 30, 3)
    slashed = normalize_line(page)
    heights = [strip.box[3] - strip.box[1] for strip in (plain, slashed)]
    assert heights[1] <= 1.5 * heights[0]


def test_a_1_at_the_edge_stays_in_the_strip():
    page = np.full((60, 120), 230, np.uint8)
    page[10:50, 3:7] = 30  # as near to the edge, and as straight, as the side of a frame
    cv2.putText(page, "88", (40, 50), cv2.FONT_HERSHEY_SIMPLEX, 1.8, 30, 4)
    strip = normalize_line(page)
    assert strip.box[0] <= 3


def test_bare_paper_has_no_line():
    assert normalize_line(np.full((40, 200), 200, np.uint8)) is None


@pytest.mark.parametrize("left", [10, 20, 75, 130, 140])
def test_an_upright_one_near_the_side_of_a_field_is_writing(left):
    page = np.full((60, 150), 230, np.uint8)
    cv2.line(page, (left, 8), (left, 52), 60, 4)
    strip = normalize_line(page)
    assert strip.box[0] <= left <= strip.box[2]


def test_light_digits_are_found_where_the_paper_may_be_either(writing):
    page = 255 - page_of(writing)
    strip = normalize_line(page)
    assert (strip.image > 128).mean() < 0.4


def test_each_look_cuts_the_same_writing_in_its_own_way(writing):
    page = page_of(writing)
    found = find_line(page)
    cuts = {look: found.cut(look) for look in LOOKS}
    tight = cuts["tight"]
    np.testing.assert_array_equal(tight.image, normalize_line(page).image)
    assert cuts["whole"].box == (0, 0, page.shape[1], page.shape[0])
    assert cuts["narrow"].box == cuts["broad"].box == tight.box
    assert cuts["narrow"].image.shape[1] < tight.image.shape[1] < cuts["broad"].image.shape[1]
    assert tight.box[1] < cuts["close"].box[1] < cuts["close"].box[3] < tight.box[3]
    assert cuts["large"].image.shape[1] > cuts["close"].image.shape[1]
    middles = {look: _middle_column(cuts[look].image[:10]) for look in ("left", "tight", "right")}
    assert middles["left"] + 1 < middles["tight"] < middles["right"] - 1
    assert all(cut.image.shape[0] == STRIP_HEIGHT and cut.image.max() > 200 for cut in cuts.values())


def _middle_column(rows):
    return float((rows.sum(axis=0, dtype=float) * np.arange(rows.shape[1])).sum() / rows.sum(dtype=float))


def test_faint_ink_counts_as_paper_in_some_looks(writing):
    page = page_of(writing)
    cv2.line(page, (5, 60), (255, 64), 210, 3)  # the other side of the page, shining through
    found = find_line(page)
    faint = {
        look: float((np.abs(found.cut(look).image.astype(int) - 40) < 25).mean())
        for look in ("broad", "narrow")
    }
    assert faint["narrow"] < faint["broad"]


def test_a_line_that_goes_down_is_made_level():
    page = np.full((140, 420), 230, np.uint8)
    for index, digit in enumerate("162022"):
        cv2.putText(page, digit, (15 + 65 * index, 60 + 11 * index), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 30, 3)
    strip = normalize_line(page)
    assert strip.slope == pytest.approx(11 / 65, abs=0.03)
    columns = np.array_split(strip.image > 128, 6, axis=1)
    feet = [int(np.flatnonzero(part.any(axis=1))[-1]) for part in columns]
    assert max(feet) - min(feet) <= 3
    assert min(feet) >= 24  # they are as high as the strip lets them be


def test_marks_beside_a_line_that_goes_down_do_not_move_it_out_of_the_strip():
    page = np.full((260, 900), 230, np.uint8)
    for index, digit in enumerate("162022"):
        cv2.putText(page, digit, (15 + 60 * index, 70 + 11 * index), cv2.FONT_HERSHEY_SIMPLEX, 1.8, 30, 5)
    cv2.circle(page, (700, 70 + 11 * 11), 7, 30, -1)
    strip = normalize_line(page)
    assert strip.slope > 0.1
    rows = np.flatnonzero((strip.image[:, : strip.image.shape[1] // 2] > 128).any(axis=1))
    assert rows[0] >= 2
    assert rows[-1] <= 30


def test_the_tone_of_a_line_that_goes_down_is_that_of_its_strokes():
    pages = [np.full((140 + 60 * down, 420), 230, np.uint8) for down in (0, 1)]
    for down, page in enumerate(pages):
        for index, digit in enumerate("162022"):
            cv2.putText(
                page, digit, (15 + 65 * index, 60 + 13 * down * index), cv2.FONT_HERSHEY_SIMPLEX, 1.6, 130, 3
            )
    bright = [np.quantile(normalize_line(page).image, 0.97) for page in pages]
    assert bright[1] == pytest.approx(bright[0], rel=0.1)
