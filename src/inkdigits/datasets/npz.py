"""npz files: Keras' mnist.npz, or any with images and labels. Nothing in them is unpickled."""

from __future__ import annotations

import math
import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from inkdigits.datasets.arrays import from_arrays
from inkdigits.datasets.data_set import DataSet
from inkdigits.errors import DataError

__all__ = ["NPZ_MAGIC", "load_npz"]

NPZ_MAGIC = b"PK\x03\x04"
# Four times all of MNIST as float64; more is a bomb, or wants another format.
_MOST_BYTES = 2 << 30
# Numpy's parser of headers, Python's own, is not made for hostile ones; those of plain arrays have 118 bytes.
_MOST_HEADER_BYTES = 1000
_HEADER_READERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_KERAS_KEYS = ("x_train", "y_train", "x_test", "y_test")
_PLAIN_KEYS = ("images", "labels")


def load_npz(path: Path) -> DataSet:
    """Load x_train, y_train, x_test, y_test as .train and .test, or images, labels as .train.

    Images are converted as ``from_arrays`` does. Raise DataError where keys are missing, an array holds
    objects, or the file is damaged, lies about sizes or unpacks to more than 2 GiB.
    """
    try:
        # RuntimeError is how zipfile refuses what is encrypted or packed in a way that it does not know.
        with zipfile.ZipFile(path) as archive:
            names = {name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")}
            wanted = _PLAIN_KEYS if names.isdisjoint(_KERAS_KEYS) else _KERAS_KEYS
            missing = [key for key in wanted if key not in names]
            if missing:
                keras_keys = ", ".join(_KERAS_KEYS)
                raise DataError(
                    f"{path} lacks {', '.join(missing)}; expected {keras_keys}, or images and labels"
                )
            arrays = [_read_array(archive, key, path) for key in wanted]
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise DataError(f"{path} is a damaged npz file ({error}); fetch or make it again") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    train = from_arrays(arrays[0], arrays[1], source=f"{path} {wanted[0]}")
    if wanted == _PLAIN_KEYS:
        return DataSet(path.stem, train, source=f"npz file {path}")
    return DataSet(
        path.stem,
        train,
        None,
        from_arrays(arrays[2], arrays[3], source=f"{path} x_test"),
        source=f"npz file {path}",
    )


def _read_array(archive: zipfile.ZipFile, key: str, path: Path) -> NDArray[Any]:
    """Read one member; its header is held against its size before anything is allocated for it."""
    member = f"{key}.npy"
    size = archive.getinfo(member).file_size
    if size > _MOST_BYTES:
        raise DataError(f"{path}: {key} unpacks to {size:,} bytes; expected at most {_MOST_BYTES:,}")
    try:
        with archive.open(member) as file:
            version = npy.read_magic(file)
            if version not in _HEADER_READERS:
                raise DataError(f"{path}: {key} is in npy format {version}; save it again with numpy.savez")
            shape, _, dtype = _HEADER_READERS[version](file, max_header_size=_MOST_HEADER_BYTES)
            header_bytes = file.tell()
        if dtype.hasobject:
            raise DataError(
                f"{path}: {key} holds Python objects; expected numbers, one array of images or labels"
            )
        if header_bytes + math.prod(shape) * dtype.itemsize != size:
            raise DataError(f"{path}: {key} says {dtype} {shape}, which is not the {size:,} bytes it has")
        with archive.open(member) as file:
            return np.asarray(npy.read_array(file, allow_pickle=False))
    except DataError:
        raise
    except (ValueError, SyntaxError, TokenError) as error:
        reason = str(error).partition("\n")[0]
        raise DataError(
            f"{path}: {key} is not an npy array ({reason}); save it again by numpy.savez"
        ) from error
