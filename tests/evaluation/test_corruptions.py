import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.datasets import load_mnist
from inkdigits.errors import UsageError
from inkdigits.evaluation.corruptions import CORRUPTIONS, corrupt


@pytest.fixture(scope="module")
def digits() -> NDArray[np.uint8]:
    (images, _), _ = load_mnist()
    return images[-40:]


def test_the_fifteen_of_the_paper() -> None:
    assert list(CORRUPTIONS) == [
        "shot_noise", "impulse_noise", "glass_blur", "motion_blur", "shear", "scale", "rotate", "brightness",
        "translate", "stripe", "fog", "spatter", "dotted_line", "zigzag", "canny_edges",
    ]  # fmt: skip


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_changes_every_image_and_follows_its_seed(name: str, digits: NDArray[np.uint8]) -> None:
    before = digits.copy()
    changed = corrupt(name, digits, 1)
    assert (changed.dtype, changed.shape) == (np.uint8, digits.shape)
    assert (changed != digits).any(axis=(1, 2)).all()
    np.testing.assert_array_equal(digits, before)
    np.testing.assert_array_equal(corrupt(name, digits, 1), changed)
    drawn = name not in ("scale", "brightness", "stripe", "canny_edges")
    assert (corrupt(name, digits, 2) != changed).any() == drawn


def test_shot_noise_comes_in_thirds(digits: NDArray[np.uint8]) -> None:
    changed = corrupt("shot_noise", digits)
    assert set(np.unique(changed)) == {0, 85, 170, 255}
    assert (changed[digits == 0] == 0).all()


def test_impulses_hit_a_sixth_of_the_pixels(digits: NDArray[np.uint8]) -> None:
    gray = np.full_like(digits, 100)
    changed = corrupt("impulse_noise", gray)
    assert (changed == 0).mean() == pytest.approx(0.085, abs=0.01)
    assert (changed == 255).mean() == pytest.approx(0.085, abs=0.01)


def test_glass_blur_moves_ink_by_a_pixel_or_two_and_keeps_its_sum(digits: NDArray[np.uint8]) -> None:
    changed = corrupt("glass_blur", digits)
    assert changed.sum() == pytest.approx(digits.sum(), rel=0.02)


def test_motion_blur_smears_one_way() -> None:
    dot = np.zeros((20, 28, 28), np.uint8)
    dot[:, 14, 14] = 255
    rows, columns = np.nonzero(corrupt("motion_blur", dot).sum(axis=0))
    assert np.ptp(columns) >= 6
    assert min(columns.max() - 14, 14 - columns.min()) <= 1
    assert abs(rows - 14).max() <= abs(columns - 14).max() + 1


def bar() -> NDArray[np.uint8]:
    image = np.zeros((30, 28, 28), np.uint8)
    image[:, 4:24, 13:15] = 255
    return image


def top_offset(image: NDArray[np.uint8], row: int) -> float:
    return float(np.average(np.arange(28), weights=image[row].astype(float) + 1e-9)) - 13.5


@pytest.mark.parametrize(("name", "slope"), [("rotate", np.tan(0.4)), ("shear", np.tan(0.4))])
def test_bars_lean_by_two_fifths_of_a_radian_to_both_sides(name: str, slope: float) -> None:
    leans = {round(abs(top_offset(image, 7)), 1) for image in corrupt(name, bar())}
    assert max(leans) == pytest.approx(6.5 * slope, abs=0.3)
    sides = {np.sign(top_offset(image, 7)) for image in corrupt(name, bar())}
    assert sides == {-1, 1}


def test_scale_shrinks_about_the_middle() -> None:
    rows = np.flatnonzero(corrupt("scale", bar())[0].max(axis=1) > 127)
    assert len(rows) == pytest.approx(0.7 * 20, abs=1)
    assert rows.mean() == pytest.approx(13.5, abs=0.5)


def test_brightness_adds_half_of_white() -> None:
    changed = corrupt("brightness", bar())
    assert sorted(np.unique(changed)) == [128, 255]


def test_translate_moves_three_pixels_along_either_axis() -> None:
    dot = np.zeros((40, 28, 28), np.uint8)
    dot[:, 14, 14] = 255
    places = {tuple(np.argwhere(image)[0] - 14) for image in corrupt("translate", dot)}
    assert places == {(-3, -3), (-3, 3), (3, -3), (3, 3)}


def test_fog_keeps_the_range_and_hides_contrast(digits: NDArray[np.uint8]) -> None:
    changed = corrupt("fog", digits)
    assert changed.max() <= 255
    assert changed.mean() > digits.mean()
    contrast = changed[digits == 255].mean() - changed[digits == 0].mean()
    assert 30 < contrast < 120


def test_a_dotted_line_leaves_out_every_second_pair_of_columns() -> None:
    lines = corrupt("dotted_line", np.zeros((20, 28, 28), np.uint8)).max(axis=(0, 1))
    assert (lines[[0, 1, 4, 5, 24, 25]] == 0).all()
    assert (lines[[2, 3, 6, 7, 26]] > 200).all()


def test_a_zigzag_goes_all_but_from_side_to_side() -> None:
    for image in corrupt("zigzag", np.zeros((20, 28, 28), np.uint8)):
        columns = np.flatnonzero(image.max(axis=0) > 0)
        assert columns.min() <= 3
        assert columns.max() >= 22


def test_canny_leaves_edges_alone() -> None:
    square = np.zeros((1, 28, 28), np.uint8)
    square[0, 8:20, 8:20] = 255
    edges = corrupt("canny_edges", square)[0]
    assert set(np.unique(edges)) == {0, 255}
    assert not edges[11:17, 11:17].any()
    assert 30 <= (edges > 0).sum() <= 60


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_no_images_at_all(name: str) -> None:
    assert corrupt(name, np.empty((0, 28, 28), np.uint8)).shape == (0, 28, 28)


def test_a_name_that_is_none() -> None:
    with pytest.raises(UsageError, match="no corruption is called 'snow'"):
        corrupt("snow", np.zeros((1, 28, 28), np.uint8))
