"""Which images teach, which choose and which score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigits.datasets import DataSet, Split
from inkdigits.errors import DataError, UsageError

__all__ = ["LabeledSplit", "TrainingSplits", "choose_splits"]


@dataclass(frozen=True, eq=False)
class LabeledSplit:
    """Images uint8 (N, 28, 28) whose labels int64 (N,) are known."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        """Count the images."""
        return len(self.images)

    def part(self, start: int, stop: int | None) -> LabeledSplit:
        """Return the images from ``start`` up to ``stop``, as a slice does; nothing is copied."""
        return LabeledSplit(self.images[start:stop], self.labels[start:stop])


@dataclass(frozen=True, eq=False)
class TrainingSplits:
    """The splits of one training: ``train`` teaches, ``validation`` chooses, ``test`` scores once."""

    train: LabeledSplit
    validation: LabeledSplit | None
    test: LabeledSplit | None

    @property
    def scored_on(self) -> str:
        """The name of the split that judges: "test", or without it "validation", or without that "train"."""
        if self.test is not None:
            return "test"
        return "train" if self.validation is None else "validation"

    def named(self) -> dict[str, LabeledSplit]:
        """Return the splits that there are, by name."""
        splits = {"train": self.train, "validation": self.validation, "test": self.test}
        return {name: split for name, split in splits.items() if split is not None}


def choose_splits(data: DataSet, validation: int | None) -> TrainingSplits:
    """Return the splits of ``data``, unlabeled images left out.

    validation: how many of the training images, the last ones, are held out, its own validation images
        counted among them; 0 trains on all. None takes its own validation images; without them all images teach,
        as in the MNIST tutorials, except that a tenth is held out where there is no test split to score.

    Raise DataError where there is nothing to learn or only one class, UsageError for a number that leaves
    nothing.
    """
    train, own, test = _labeled(data.train), _labeled(data.validation), _labeled(data.test)
    if train is None:
        raise DataError(f"{data.name} has no labeled training images; train needs some")
    if len(data.class_names) < 2:
        raise DataError(f"{data.name} has only the class {data.class_names[0]!r}; training needs two or more")
    if validation is None and own is not None:
        return TrainingSplits(train, own, test)
    whole = train if own is None else _join(train, own)
    if validation is None:
        validation = len(whole) // 10 if test is None else 0
    if validation == 0:
        return TrainingSplits(whole, None, test)
    if not 0 < validation < len(whole):
        raise UsageError(
            f"validation is {validation}; expected 0 for none, or a number of images below {len(whole)}"
        )
    return TrainingSplits(whole.part(0, -validation), whole.part(-validation, None), test)


def _labeled(split: Split | None) -> LabeledSplit | None:
    if split is None or split.labels is None or not len(split):
        return None
    return LabeledSplit(split.images, split.labels)


def _join(first: LabeledSplit, second: LabeledSplit) -> LabeledSplit:
    images = np.concatenate([first.images, second.images])
    return LabeledSplit(images, np.concatenate([first.labels, second.labels]))
