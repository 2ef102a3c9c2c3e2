"""Kaggle's submission.csv: ImageId,Label, counted from 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from inkdigits.errors import DataError, OutputError
from inkdigits.files import write_whole

__all__ = ["write_submission"]


def write_submission(path: str | Path, labels: ArrayLike) -> Path:
    """Write whole-number ``labels`` (N,) as ImageId,Label rows, ImageId from 1; return the path.

    The file appears whole or not at all. Raise OutputError where it exists or cannot be written, DataError
    where labels are not whole numbers 0..9.
    """
    path = Path(path)
    numbers = np.asarray(labels)
    if numbers.ndim != 1 or not np.issubdtype(numbers.dtype, np.integer):
        raise DataError(f"labels are {numbers.dtype} {numbers.shape}; expected whole numbers (N,)")
    if numbers.size and not (numbers.min() >= 0 and numbers.max() <= 9):
        raise DataError(f"labels run from {numbers.min()} to {numbers.max()}; expected 0..9")
    if path.exists():
        raise OutputError(f"{path} exists; give another name, or remove it first")
    rows = [f"{image_id},{label}\n" for image_id, label in enumerate(numbers.tolist(), 1)]
    write_whole(path, ("ImageId,Label\n" + "".join(rows)).encode("ascii"))
    return path
