"""All images of a data set side by side, and what each one is called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.datasets import DataSet, PictureLog
from inkdigits.errors import DataError

__all__ = ["UNLABELED", "Collection", "Place", "collect"]

UNLABELED = -1
"""The label of an image whose class is not known."""

_SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Place:
    """Where an image stands: its split, its number there from 0, and its file where it came from one."""

    split: str
    index: int
    file: str | None = None

    def __str__(self) -> str:
        """Name it as a message does: the file, or else split and number."""
        return self.file or f"{self.split} {self.index}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain JSON; ``file`` only where there is one."""
        return {"split": self.split, "index": self.index} | ({"file": self.file} if self.file else {})


@dataclass(frozen=True, eq=False)
class Collection:
    """The images of all splits, one after the other.

    name, class_names: the data set's.
    images: uint8 (N, 28, 28), ink bright on 0. labels: int64 (N,), ``UNLABELED`` where not known.
    splits: int64 (N,), each the place of a name in split_names, of which every one has an image.
    files: one a picture, in order; () where they did not come from files.
    """

    name: str
    class_names: tuple[str, ...]
    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    splits: NDArray[np.int64]
    split_names: tuple[str, ...]
    files: tuple[Path, ...] = ()

    def __len__(self) -> int:
        """Count the images."""
        return len(self.images)

    def place(self, number: int) -> Place:
        """Return where image ``number`` of the collection stands."""
        split = int(self.splits[number])
        file = str(self.files[number]) if self.files else None
        return Place(self.split_names[split], int(number - self._starts[split]), file)

    def label_name(self, number: int) -> str | None:
        """Return the class that image ``number`` was given; None where it has none."""
        label = int(self.labels[number])
        return None if label == UNLABELED else self.class_names[label]

    def members(self, split: str) -> NDArray[np.int64]:
        """Return the numbers of a split's images, in order."""
        return np.flatnonzero(self.splits == self.split_names.index(split))

    def counts(self) -> NDArray[np.int64]:
        """Return the labeled images of each class by split, int64 (number of splits, number of classes)."""
        labeled = self.labels != UNLABELED
        shape = (len(self.split_names), len(self.class_names))
        flat = self.splits[labeled] * shape[1] + self.labels[labeled]
        return np.bincount(flat, minlength=shape[0] * shape[1]).reshape(shape).astype(np.int64)

    @cached_property
    def _starts(self) -> list[int]:
        return [int(np.argmax(self.splits == split)) for split in range(len(self.split_names))]


def collect(data: DataSet, log: PictureLog | None = None) -> Collection:
    """Return the images of a data set as one collection.

    log: of the pictures that the data set was loaded from, if any.

    Raise DataError where there are no images, or where two classes have the same name once spaces around them are
    trimmed.
    """
    _check_names(data.class_names)
    parts = [(name, split) for name in _SPLITS if (split := getattr(data, name)) is not None and len(split)]
    if not parts:
        raise DataError(f"{data.name} has no images; there is nothing to analyze")
    files = [path for name, _ in parts for path in log.files.get(name, [])] if log is not None else []
    return Collection(
        data.name,
        data.class_names,
        np.concatenate([split.images for _, split in parts]),
        np.concatenate(
            [np.full(len(split), UNLABELED) if split.labels is None else split.labels for _, split in parts]
        ).astype(np.int64),
        np.concatenate([np.full(len(split), number) for number, (_, split) in enumerate(parts)]).astype(
            np.int64
        ),
        tuple(name for name, _ in parts),
        tuple(files),
    )


def _check_names(names: tuple[str, ...]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.strip(), name)
        if other is not name:
            raise DataError(
                f"the classes {other!r} and {name!r} are the same once trimmed; put their images into one"
            )
