"""IDX, the format that MNIST came in: a magic number, big-endian sizes, then the bytes.

    0x00000803, count, 28, 28, count * 784 pixels      images
    0x00000801, count, count labels                    labels

Files are plain or gzipped, and named by either custom: train-images-idx3-ubyte or train-images.idx3-ubyte.
"""

from __future__ import annotations

import math
import re
import struct
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inkdigits.datasets.arrays import from_arrays
from inkdigits.datasets.content import CHUNK_BYTES, list_folder, open_content
from inkdigits.datasets.data_set import IMAGE_SIZE, DataSet, Split
from inkdigits.errors import DataError

__all__ = ["IDX_MAGIC", "has_idx_files", "idx_header", "load_idx_file", "load_idx_folder", "read_idx"]

IDX_MAGIC = b"\x00\x00"
_UNSIGNED_BYTE = 8
# Above the largest set of digits there is (infinite MNIST, 8 million); a gzip bomb ends here at the latest.
_MOST_ITEMS = 10_000_000
_DIMENSIONS = {"images": 3, "labels": 1}
_IMAGES_NAME = re.compile(r"(?P<split>.*?)images(?P<mark>[-.])idx3-ubyte(?P<gzip>\.gz)?")
_SPLITS = {"train": "train", "t10k": "test", "test": "test"}

Content = Literal["images", "labels"]


def load_idx_folder(folder: Path) -> DataSet:
    """Load train-* as .train and t10k-* (or test-*) as .test from a folder; one of them may be missing.

    Raise DataError where an images file lacks its labels or either lies about itself.
    """
    splits: dict[str, Split] = {}
    for path in _images_files(folder):
        title = _split_of(path)
        # A folder may hold a file both plain and gzipped; the names sort the plain one first.
        if title is not None and title not in splits:
            splits[title] = _load_pair(path)
    name = folder.resolve().name
    return DataSet(name, splits.get("train"), test=splits.get("test"), source=f"IDX files in {folder}")


def load_idx_file(path: Path) -> DataSet:
    """Load one images file and its labels beside it: .test where it is named t10k-* or test-*, else .train.

    Raise DataError where its name does not tell its labels', they are missing, or either lies about itself.
    """
    split = _load_pair(path)
    source = f"IDX file {path} with its labels"
    name = path.name.split("-images")[0]
    if _split_of(path) == "test":
        return DataSet(name, test=split, source=source)
    return DataSet(name, split, source=source)


def has_idx_files(folder: Path) -> bool:
    """Tell whether ``folder`` holds an IDX images file named as MNIST's are."""
    return any(_split_of(path) is not None for path in _images_files(folder))


def read_idx(path: Path, content: Content) -> NDArray[np.uint8]:
    """Return an IDX file's array: uint8 (N, 28, 28) for "images", (N,) for "labels".

    No more is read, or inflated, than the header promises. Raise DataError where magic, sizes or count are
    not what ``content`` has, or not what follows.
    """
    dimensions = _DIMENSIONS[content]
    with open_content(path) as file:
        header = file.read(4 + 4 * dimensions)
        expected_magic = bytes([0, 0, _UNSIGNED_BYTE, dimensions])
        if header[:4] != expected_magic:
            raise DataError(
                f"{path} starts with {header[:4].hex()}; IDX {content} start with {expected_magic.hex()}, "
                "so give the right file"
            )
        if len(header) < 4 + 4 * dimensions:
            raise DataError(f"{path} ends inside its IDX header; fetch or make it again")
        shape = struct.unpack(f">{dimensions}I", header[4:])
        if shape[1:] != (IMAGE_SIZE,) * (dimensions - 1):
            raise DataError(f"{path} says its images are {shape[1]} x {shape[2]}; expected 28 x 28")
        if not 0 < shape[0] <= _MOST_ITEMS:
            raise DataError(f"{path} says it holds {shape[0]:,} {content}; expected 1 to {_MOST_ITEMS:,}")
        promised = math.prod(shape)
        # Grown by what comes, not allocated as promised: a header may promise terabytes.
        body = bytearray()
        while len(body) <= promised and (chunk := file.read(min(CHUNK_BYTES, promised + 1 - len(body)))):
            body += chunk
    if len(body) != promised:
        found = f"only {len(body)}" if len(body) < promised else "more"
        raise DataError(
            f"{path} says {shape[0]} {content}, {promised} bytes, but holds {found}; fetch or make it again"
        )
    return np.frombuffer(body, np.uint8).reshape(shape)


def idx_header(shape: tuple[int, ...]) -> bytes:
    """Return the header of an IDX file of unsigned bytes: the magic number, then each size of ``shape``."""
    return struct.pack(f">4B{len(shape)}I", 0, 0, _UNSIGNED_BYTE, len(shape), *shape)


def _images_files(folder: Path) -> list[Path]:
    return [path for path in list_folder(folder) if _IMAGES_NAME.fullmatch(path.name)]


def _split_of(path: Path) -> str | None:
    return _SPLITS.get(path.name.split("-images")[0])


def _load_pair(images_path: Path) -> Split:
    images = read_idx(images_path, "images")
    labels_path = _labels_file(images_path)
    labels = read_idx(labels_path, "labels")
    return from_arrays(images, labels, source=f"{images_path} and {labels_path.name}")


def _labels_file(images_path: Path) -> Path:
    match = _IMAGES_NAME.fullmatch(images_path.name)
    if match is None:
        raise DataError(
            f"{images_path} is an IDX file of images whose name does not tell where its labels are; "
            "name the two like train-images-idx3-ubyte and train-labels-idx1-ubyte"
        )
    stem = f"{match['split']}labels"
    marks = (match["mark"], "." if match["mark"] == "-" else "-")
    endings = (match["gzip"] or "", "" if match["gzip"] else ".gz")
    candidates = [images_path.with_name(f"{stem}{mark}idx1-ubyte{end}") for mark in marks for end in endings]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise DataError(f"{images_path} lacks its labels; expected {candidates[0].name} beside it")
