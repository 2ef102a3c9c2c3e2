import numpy as np
import pytest

from inkdigits.synthesis.camera import Camera, expose, ink_on_paper

PAGE = np.full((60, 90), 200, np.float32)
PAGE[20:40, 40:50] = 40


def rng():
    return np.random.default_rng(0)


def test_pictures_have_the_height_asked_for_and_keep_their_proportions():
    for height in (16, 60, 120):
        assert expose(PAGE, Camera(height), rng()).shape == (height, round(90 * height / 60))


def test_a_plain_camera_changes_nothing():
    assert np.array_equal(expose(PAGE, Camera(60), rng()), PAGE.astype(np.uint8))


def test_inverted_pictures_are_bright_ink_on_black():
    assert expose(PAGE, Camera(60, inverted=True), rng())[30, 45] == 215


def test_scans_of_one_bit_are_black_and_white_and_keep_the_ink():
    picture = expose(PAGE, Camera(60, bits=1, noise=2.0), rng())
    assert set(np.unique(picture)) == {0, 255}
    assert picture[30, 45] == 0


@pytest.mark.parametrize("camera", [Camera(60, blur=0.03), Camera(60, motion=0.1), Camera(60, jpeg=30)])
def test_blur_and_compression_soften_edges(camera):
    assert len(np.unique(expose(PAGE, camera, rng()))) > 4


def test_noise_is_as_strong_as_asked():
    assert expose(PAGE, Camera(60, noise=5.0), rng())[:15].std() == pytest.approx(5, abs=1)


def test_ink_darkens_the_paper_by_its_share():
    ink = np.zeros((60, 90), np.uint8)
    ink[20:40, 40:50] = 255
    printed = np.zeros((60, 90), np.float32)
    page = ink_on_paper(ink, printed, rng(), tone=200, darkness=0.6, pencil=False)
    assert page[22:38, 42:48].mean() / page[:15].mean() == pytest.approx(0.4, abs=0.08)
