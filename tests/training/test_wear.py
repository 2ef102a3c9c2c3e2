import numpy as np
import pytest

from inkdigits.datasets import load_mnist
from inkdigits.training import wear as module
from inkdigits.training.wear import wear


@pytest.fixture(scope="module")
def images() -> np.ndarray:
    return load_mnist()[0][0][:600]


def test_a_share_of_the_images_changes(images: np.ndarray) -> None:
    worn = wear(images, 0.25, np.random.default_rng(1))
    assert worn.shape == images.shape
    assert worn.dtype == np.uint8
    changed = (worn != images).any(axis=(1, 2))
    assert changed.mean() == pytest.approx(0.25, abs=0.05)


def test_no_share_changes_nothing(images: np.ndarray) -> None:
    assert np.array_equal(wear(images, 0.0, np.random.default_rng(1)), images)


def test_the_seed_decides(images: np.ndarray) -> None:
    first, again, other = (wear(images, 1.0, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("change", module._CHANGES, ids=lambda change: change.__name__)
def test_each_change_leaves_digits_that_differ_from_one_another(
    images: np.ndarray, change: module.Change
) -> None:
    planes = images[:300] / np.float32(255)
    before = planes.copy()
    changed = np.clip(change(planes, np.random.default_rng(1)), 0, 1)
    assert np.array_equal(planes, before)
    assert changed.shape == planes.shape
    assert (np.abs(changed - before).max(axis=(1, 2)) > 0.05).mean() > 0.8
    flat = changed.reshape(len(changed), -1)
    likeness = np.corrcoef(
        flat - flat.mean(axis=0), before.reshape(len(before), -1) - before.mean(axis=0).ravel()
    )
    own = np.abs(np.diagonal(likeness[: len(flat), len(flat) :]))
    assert np.median(own) > 0.15  # what was written is still there


def test_images_of_another_size_are_worn_too() -> None:
    images = np.random.default_rng(1).integers(0, 256, (40, 20, 24), np.uint8)
    assert wear(images, 1.0, np.random.default_rng(1)).shape == (40, 20, 24)


def test_no_images_give_none() -> None:
    assert wear(np.empty((0, 28, 28), np.uint8), 1.0, np.random.default_rng(1)).shape == (0, 28, 28)
