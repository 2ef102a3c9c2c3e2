import numpy as np
import pytest

from inkdigits.datasets import load_mnist
from inkdigits.training.augmentation import Augmentation, augment

ALL = Augmentation(rotation=8, shift=0.8, scale=0.06, stretch=0.08, shear=0.1, elastic=1.0)


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return load_mnist()[0][0][:700]


def test_nothing_asked_for_changes_nothing(images: np.ndarray) -> None:
    assert np.array_equal(augment(images, Augmentation(), np.random.default_rng(1)), images)


@pytest.mark.parametrize("option", ["rotation", "shift", "scale", "stretch", "shear", "elastic"])
def test_each_option_alone_changes_images(images: np.ndarray, option: str) -> None:
    only = Augmentation(**{option: getattr(ALL, option)})
    changed = augment(images, only, np.random.default_rng(1))
    assert changed.shape == images.shape
    assert changed.dtype == np.uint8
    assert not np.array_equal(changed, images)


def test_the_seed_decides(images: np.ndarray) -> None:
    first, again, other = (augment(images, ALL, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_image_gets_ink_of_its_neighbor() -> None:
    images = np.zeros((3, 28, 28), np.uint8)
    images[1] = 255
    far = augment(images, Augmentation(rotation=30, shift=12, elastic=3), np.random.default_rng(1))
    assert not far[0].any()
    assert not far[2].any()


def test_a_shift_moves_ink_by_about_its_deviation() -> None:
    images = np.zeros((2000, 28, 28), np.uint8)
    images[:, 13:15, 13:15] = 255
    changed = augment(images, Augmentation(shift=2.0), np.random.default_rng(1)).astype(np.float64)
    rows = (changed.sum(axis=2) * np.arange(28)).sum(axis=1) / changed.sum(axis=(1, 2))
    assert rows.mean() == pytest.approx(13.5, abs=0.2)
    assert rows.std() == pytest.approx(2.0, abs=0.15)


def test_no_images_give_none() -> None:
    assert augment(np.empty((0, 28, 28), np.uint8), ALL, np.random.default_rng(1)).shape == (0, 28, 28)
