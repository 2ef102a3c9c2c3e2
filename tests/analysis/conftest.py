from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inkdigits.datasets import DataSet, Split, load_mnist

Digits = tuple[NDArray[np.uint8], NDArray[np.int64]]


@pytest.fixture(scope="session")
def digits() -> Digits:
    """The last 400 of MNIST's training images, and their labels."""
    (images, labels), _ = load_mnist()
    return images[-400:], labels[-400:]


@pytest.fixture
def make_set(digits: Digits) -> Callable[..., DataSet]:
    """A maker of sets of digits: how many in train and in test; edit changes copies of (images, labels) in place."""

    def make(train: int = 300, test: int = 100, edit: Callable[..., None] | None = None) -> DataSet:
        images, labels = digits[0].copy(), digits[1].copy()
        if edit is not None:
            edit(images, labels)
        parts = [
            Split(images[start:stop], labels[start:stop]) if stop > start else None
            for start, stop in ((0, train), (train, train + test))
        ]
        return DataSet("digits", parts[0], None, parts[1])

    return make


@pytest.fixture
def save_pictures() -> Callable[..., Path]:
    """Saves images as PNG, dark on light and twice as large, in a folder of a class each."""

    def save(folder: Path, images: NDArray[np.uint8], labels: list[str]) -> Path:
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            (folder / label).mkdir(parents=True, exist_ok=True)
            Image.fromarray(255 - image).resize((56, 56)).save(folder / label / f"{number:03}.png")
        return folder

    return save
