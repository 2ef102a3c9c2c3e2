"""What a data set is: images with labels, in up to three splits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import DataError, UsageError

__all__ = ["DIGITS", "IMAGE_SIZE", "DataSet", "Split", "check_labels", "hold_out"]

IMAGE_SIZE = 28
DIGITS = tuple("0123456789")


@dataclass(frozen=True, eq=False)
class Split:
    """Images and their labels, in order.

    images: uint8 (N, 28, 28), ink bright (255) on 0, as MNIST was made.
    labels: int64 (N,), each the place of a name in ``DataSet.class_names``; None where they are not known.

    Raise DataError where shapes, types or counts are otherwise; ``from_arrays`` converts other arrays.

    >>> len(Split(np.zeros((5, 28, 28), np.uint8), np.arange(5)))
    5
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        shape = (IMAGE_SIZE, IMAGE_SIZE)
        if self.images.dtype != np.uint8 or self.images.ndim != 3 or self.images.shape[1:] != shape:
            raise DataError(
                f"images are {self.images.dtype} {self.images.shape}; a Split takes uint8 (N, 28, 28), "
                "and from_arrays converts other arrays"
            )
        if self.labels is None:
            return
        if self.labels.dtype != np.int64 or self.labels.ndim != 1:
            raise DataError(f"labels are {self.labels.dtype} {self.labels.shape}; a Split takes int64 (N,)")
        if len(self.labels) != len(self.images):
            raise DataError(
                f"{len(self.images)} images came with {len(self.labels)} labels; give one for each"
            )

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True, eq=False)
class DataSet:
    """Up to three splits that share their classes; a split that the source does not have is None.

    name: short, for a title or a file name ("mnist", "train").
    train: what a model learns from. validation: what chooses. test: what scores, once.
    class_names: label k means class_names[k].
    source: where the images came from and how they were split, in words.

    Raise DataError where a label has no class name.
    """

    name: str
    train: Split | None = None
    validation: Split | None = None
    test: Split | None = None
    class_names: tuple[str, ...] = DIGITS
    source: str = ""

    def __post_init__(self) -> None:
        for title, split in self._splits():
            if split.labels is not None:
                check_labels(split.labels, len(self.class_names), f"{self.name} {title}")

    @cached_property
    def checksum(self) -> str:
        """The SHA-256 (hex) of classes, images and labels: the same content, the same sum, in any format."""
        digest = hashlib.sha256("\n".join(self.class_names).encode())
        for title, split in self._splits():
            digest.update(f"\n{title} {len(split)} {split.labels is not None}\n".encode())
            digest.update(np.ascontiguousarray(split.images).data)
            if split.labels is not None:
                # Little-endian, so that the sum is the same on every machine.
                digest.update(np.ascontiguousarray(split.labels, "<i8").data)
        return digest.hexdigest()

    def _splits(self) -> list[tuple[str, Split]]:
        named = (("train", self.train), ("validation", self.validation), ("test", self.test))
        return [(title, split) for title, split in named if split is not None]


def hold_out(split: Split, count: int) -> tuple[Split, Split]:
    """Return (the rest, the last ``count``) of ``split``, in order, as the tutorials do, without a copy.

    Raise UsageError unless ``count`` leaves at least one image on either side.

    >>> rest, held = hold_out(Split(np.zeros((5, 28, 28), np.uint8), np.arange(5)), 2)
    >>> rest.labels, held.labels
    (array([0, 1, 2]), array([3, 4]))
    """
    if not 0 < count < len(split):
        raise UsageError(
            f"cannot hold out {count} of {len(split)} images; give a number from 1 to {len(split) - 1}"
        )
    cut = len(split) - count
    if split.labels is None:
        return Split(split.images[:cut]), Split(split.images[cut:])
    return Split(split.images[:cut], split.labels[:cut]), Split(split.images[cut:], split.labels[cut:])


def check_labels(labels: NDArray[np.integer[Any]], class_count: int, source: str) -> None:
    """Raise DataError, naming ``source`` and the first offender, where a label is not 0..class_count - 1."""
    wrong = np.flatnonzero((labels < 0) | (labels >= class_count))
    if wrong.size:
        first = wrong[0]
        raise DataError(
            f"{source}: label {first + 1} of {len(labels)} is {labels[first]}; expected 0..{class_count - 1}"
        )
