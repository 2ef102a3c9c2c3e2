"""One door to every data set: a name or a path in, a DataSet out."""

from __future__ import annotations

import re
from pathlib import Path

from inkdigits.datasets.content import first_bytes
from inkdigits.datasets.data_set import DataSet
from inkdigits.datasets.idx import IDX_MAGIC, has_idx_files, load_idx_file, load_idx_folder
from inkdigits.datasets.kaggle import load_kaggle
from inkdigits.datasets.labeled import is_corrections, is_label_table
from inkdigits.datasets.mnist import load_mnist_data_set
from inkdigits.datasets.npz import NPZ_MAGIC, load_npz
from inkdigits.datasets.picture import Prepare, normalize_picture
from inkdigits.datasets.picture_log import PictureLog
from inkdigits.datasets.pictures import load_labeled, load_pictures
from inkdigits.errors import DataError, UsageError

__all__ = ["load_data"]

# A line of printable text with a comma in it; whether it is the right table, its reader says.
_CSV_START = re.compile(rb"(\xef\xbb\xbf)?[\x20-\x7e]*,[\x20-\x7e]*(\r?\n|\Z)")


def load_data(
    source: str | Path,
    *,
    prepare: Prepare = normalize_picture,
    seed: int = 0,
    log: PictureLog | None = None,
    split_folders: bool = True,
) -> DataSet:
    """Load "mnist", or a file or folder, whose format its content tells.

    - an IDX images file with its labels file beside it, or a folder of train-* and t10k-* files,
      plain or gzipped;
    - Kaggle's train.csv or test.csv, plain or gzipped;
    - Keras' mnist.npz, or an npz file with images and labels;
    - a folder of pictures with one folder for each class, or train/ and test/ folders of such;
    - a CSV file with the columns path and label, of pictures anywhere; or the unpacked archive of the corrections that
      were made on a server's review page, of which single symbols are taken.

    prepare: from a picture file's bytes to uint8 (28, 28), for pictures that are not 28 x 28 already; by default
        the reader's normalizer.
    seed: of the split of pictures that come without one. split_folders: whether such are split at all; else all of
        them are .train.
    log: where it is given, pictures of a folder that cannot be read are noted there and left out; else they are
        an error.

    Raise DataError where the source is missing, empty, damaged, of another format, or lies about itself.

    >>> load_data("mnist").test.labels[:3]
    array([7, 2, 1])
    """
    if seed < 0:
        raise UsageError(f"seed is {seed}; expected a whole number from 0")
    if str(source) == "mnist":
        return load_mnist_data_set()
    path = Path(source)
    if path.is_dir():
        if has_idx_files(path):
            return load_idx_folder(path)
        load = load_labeled if is_corrections(path) else load_pictures
        return load(path, prepare, seed, log, split=split_folders)
    start = first_bytes(path, 512)
    if start.startswith(IDX_MAGIC):
        return load_idx_file(path)
    if start.startswith(NPZ_MAGIC):
        return load_npz(path)
    if is_label_table(start):
        return load_labeled(path, prepare, seed, log, split=split_folders)
    if _CSV_START.match(start):
        return load_kaggle(path)
    raise DataError(
        f"{path} is no data set; expected IDX, a Kaggle CSV, a CSV of path and label, npz, or a folder with a folder "
        "for each class"
    )
