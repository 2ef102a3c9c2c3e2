"""Registration: where a form lies in a photo, to a pixel, and which pages are none."""

import cv2
import numpy as np
import pytest

from inkdigits.errors import TemplateError
from inkdigits.reading.registration import BlankForm

POINTS = np.array([(40.0, 40.0), (560, 40), (300, 400), (40, 720), (550, 580)])


def photograph(page, *, quarters=0, tilt=0.0, shadow=False, size=(1200, 1500)):
    """Return a photo of a page, turned and tilted, and the homography from page to photo."""
    height, width = page.shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    flat = np.column_stack([corners - (width / 2, height / 2), np.zeros(4)]) / height
    turn = cv2.Rodrigues(np.radians(tilt) * np.array([0.6, 0.8, 0]))[0]
    turn = turn @ cv2.Rodrigues(np.array([0, 0, np.radians(90 * quarters + 4)]))[0]
    seen = flat @ turn.T
    seen = seen[:, :2] / (seen[:, 2:] + 1.8) * 1.5 * min(size) + np.array(size) / 2
    homography = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    photo = cv2.warpPerspective(page, homography, size, flags=cv2.INTER_CUBIC, borderValue=90)
    if shadow:
        photo[:, : size[0] // 2] = photo[:, : size[0] // 2] * 0.55
    photo = cv2.GaussianBlur(photo, (0, 0), 1.0)
    photo = cv2.imdecode(cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], cv2.IMREAD_GRAYSCALE)
    return photo, homography


@pytest.mark.parametrize(
    ("quarters", "tilt", "shadow"), [(0, 0, False), (1, 12, True), (2, 25, False), (3, 25, True)], ids=str
)
def test_the_form_is_found_to_a_pixel(blank_form, filled_form, quarters, tilt, shadow):
    page = filled_form(amount="17.50", grade="2", number="1234567")
    photo, homography = photograph(page, quarters=quarters, tilt=tilt, shadow=shadow)
    found = BlankForm(blank_form).register(photo)
    assert found is not None
    assert found.quality > 0.6
    expected = cv2.perspectiveTransform(POINTS[None], homography)[0]
    assert np.abs(found.to_photo(POINTS) - expected).max() < 3


def test_a_curled_page_is_found_to_a_pixel(blank_form):
    curl = 8 * np.sin(np.linspace(0, np.pi, blank_form.shape[1]))
    x, y = np.meshgrid(*(np.arange(side, dtype=np.float32) for side in blank_form.shape[::-1]))
    curled = cv2.remap(blank_form, x, (y + curl).astype(np.float32), cv2.INTER_LINEAR, borderValue=245)
    photo, homography = photograph(curled)
    found = BlankForm(blank_form).register(photo)
    where = POINTS - np.stack(
        [np.zeros(len(POINTS)), np.interp(POINTS[:, 0], np.arange(len(curl)), curl)], axis=1
    )
    expected = cv2.perspectiveTransform(where[None], homography)[0]
    assert np.abs(found.to_photo(POINTS) - expected)[1:].max() < 4


def other_form(blank):
    page = np.full_like(blank, 245)
    page[:100] = blank[:100]  # the head of the house
    for row in range(10):
        place = (40, 160 + 60 * row)
        cv2.putText(
            page, f"{row + 1}. Question number {row}", place, cv2.FONT_HERSHEY_DUPLEX, 0.6, 40, 1, cv2.LINE_AA
        )
        cv2.rectangle(page, (350, 130 + 60 * row), (550, 175 + 60 * row), 60, 2)
    return page


PAGES = {
    "another form of the house": other_form,
    "blank paper": lambda blank: np.full_like(blank, 240),
    "black": np.zeros_like,
    "noise": lambda blank: np.random.default_rng(3).integers(0, 255, blank.shape, dtype=np.uint8),
    "one pixel": lambda blank: blank[:1, :1],
    "one row": lambda blank: blank[:1],
    "its own mirror image": lambda blank: np.ascontiguousarray(blank[:, ::-1]),
}


@pytest.mark.parametrize("name", PAGES)
def test_what_is_no_copy_is_told_from_one(blank_form, name):
    found = BlankForm(blank_form).register(PAGES[name](blank_form))
    assert found is None or found.quality < 0.3


@pytest.mark.parametrize("share", [0.5, 0.85])
def test_how_much_of_a_form_is_in_the_photo_is_told(blank_form, share):
    found = BlankForm(blank_form).register(blank_form[: round(share * blank_form.shape[0])])
    assert found.quality > 0.9
    assert found.shown == pytest.approx(share, abs=0.01)


def test_two_copies_in_one_photo_are_seen(blank_form):
    form = BlankForm(blank_form)
    for photo, others in (
        (blank_form, False),
        (np.hstack([blank_form, np.full_like(blank_form, 200)]), False),
    ):
        assert form.has_another_copy(photo, form.register(photo)) == others
    soft = cv2.GaussianBlur(blank_form, (0, 0), 1.5)  # the better one is found first
    both = np.vstack([np.hstack([blank_form, soft]), np.full((80, 1200), 230, np.uint8)])
    assert form.has_another_copy(both, form.register(both))


def test_a_form_with_nothing_on_it_is_refused():
    with pytest.raises(TemplateError, match="too little printed"):
        BlankForm(np.full((400, 300), 250, np.uint8))
