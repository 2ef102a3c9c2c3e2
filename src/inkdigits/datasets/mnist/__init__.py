"""MNIST, embedded: the four canonical files, verified as they are loaded.

Yann LeCun and Corinna Cortes, CC BY-SA 3.0; see README.md beside this file.
"""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigits.datasets.data_set import DataSet, Split
from inkdigits.datasets.idx import Content, idx_header, read_idx
from inkdigits.errors import DataError

__all__ = ["MNIST_SHA256", "TAUGHT", "load_mnist", "load_mnist_data_set"]

# Of each file as it is unpacked, in the order in which load_mnist returns them.
MNIST_SHA256 = {
    "train-images": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}

TAUGHT = 55_000
"""How many of MNIST's training images, the first ones, teach shipped models; the others choose and judge."""

Pair = tuple[NDArray[np.uint8], NDArray[np.int64]]


def load_mnist() -> tuple[Pair, Pair]:
    """Return ((x_train, y_train), (x_test, y_test)), as Keras' mnist.load_data does, without a download.

    Images are uint8 (60000, 28, 28) and (10000, 28, 28), ink bright on 0; labels are int64 (60000,) and
    (10000,). The arrays are new at each call, and yours to change. Raise DataError where the embedded files
    are not MNIST's.

    >>> (x_train, y_train), (x_test, y_test) = load_mnist()
    >>> x_train.shape, y_train[:5]
    ((60000, 28, 28), array([5, 0, 4, 1, 9]))
    """
    # Two threads, since inflating and hashing let others run: the rest loads beside the training images.
    with ThreadPoolExecutor(2) as pool:
        x_train, y_train, x_test, y_test = pool.map(_load, MNIST_SHA256)
    return (x_train, y_train.astype(np.int64)), (x_test, y_test.astype(np.int64))


def load_mnist_data_set() -> DataSet:
    """Return MNIST as a DataSet: 60,000 .train and 10,000 .test images; ``hold_out`` makes a .validation."""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    source = "MNIST as embedded in inkdigits (CC BY-SA 3.0, Yann LeCun and Corinna Cortes)"
    return DataSet("mnist", Split(x_train, y_train), None, Split(x_test, y_test), source=source)


def _load(stem: str) -> NDArray[np.uint8]:
    content: Content = "images" if stem.endswith("images") else "labels"
    path = Path(__file__).with_name(f"{stem}-idx{3 if content == 'images' else 1}-ubyte.gz")
    array = read_idx(path, content)
    digest = hashlib.sha256(idx_header(array.shape))
    digest.update(array.data)
    if digest.hexdigest() != MNIST_SHA256[stem]:
        raise DataError(f"{path} is not MNIST's {stem}: its SHA-256 differs; install inkdigits again")
    return array
