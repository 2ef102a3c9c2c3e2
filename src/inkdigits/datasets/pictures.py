"""Folders of pictures, one folder a class, with or without train/, validation/ and test/ around them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from inkdigits.datasets.content import list_folder
from inkdigits.datasets.data_set import DIGITS, DataSet, Split
from inkdigits.datasets.labeled import list_labeled, trim_labels
from inkdigits.datasets.picture import Prepare, read_picture
from inkdigits.datasets.picture_log import PictureLog
from inkdigits.errors import DataError

__all__ = ["load_labeled", "load_pictures"]

_SPLITS = ("train", "validation", "test")
_SYSTEM_FILES = {"thumbs.db", "desktop.ini"}

Files = list[tuple[Path, int]]


def load_pictures(
    folder: Path, prepare: Prepare, seed: int, log: PictureLog | None = None, *, split: bool = True
) -> DataSet:
    """Load FOLDER/CLASS/picture, or FOLDER/train/CLASS/picture with validation/ and test/ beside train/.

    Where every class folder is named by a digit, label k is the digit k and class_names are the ten digits,
    whichever are there; otherwise class_names are the folders' names in order. Hidden files are left out;
    anything else must be a picture.

    Without train/, validation/ and test/ folders each class is shuffled (``seed``), and a tenth of it, at
    least one picture, goes to .test and as much to .validation; a class of one or two stays in .train. Where ``split``
    is false, all of it does.

    Raise DataError for an empty folder, a class that train/ lacks, and what is not a picture. With a ``log``
    what is not a picture is left out and noted there; raise DataError where nothing is left.
    """
    titles = [title for title in _SPLITS if (folder / title).is_dir()]
    if titles:
        splits, class_names = _list_given_splits(folder, titles)
        how = "split by its folders"
    else:
        class_names = _class_names([path.name for path in _class_folders(folder)])
        splits, how = _split(_list_files(folder, class_names), seed, split)
    return _load_splits(folder, splits, class_names, f"pictures in {folder}, {how}", prepare, log)


def load_labeled(
    source: Path, prepare: Prepare, seed: int, log: PictureLog | None = None, *, split: bool = True
) -> DataSet:
    """Load a CSV file of path and label, or an unpacked archive of a server's corrections; see ``list_labeled``.

    Labels are as ``trim_labels`` gives them. Otherwise as ``load_pictures`` does with a folder that has no splits.
    """
    try:
        listed, left_out = list_labeled(source)
    except OSError as error:
        raise DataError(f"{error.filename or source} cannot be read: {error.strerror or error}") from error
    if not listed:
        raise DataError(f"{source} names no pictures; expected a path and a label for each")
    labels = trim_labels([label for _, label in listed], [str(path) for path, _ in listed])
    class_names = _class_names(sorted(set(labels)))
    files = [(path, class_names.index(label)) for (path, _), label in zip(listed, labels, strict=True)]
    splits, how = _split(files, seed, split)
    if left_out:
        how += f"; {len(left_out):,} left out, the first {left_out[0]}"
    return _load_splits(source, splits, class_names, f"pictures named in {source}, {how}", prepare, log)


def _split(files: Files, seed: int, split: bool) -> tuple[dict[str, Files], str]:
    if not split:
        return {"train": files}, "not split"
    return _split_by_class(files, seed), f"a tenth of each class to test and to validation, seed {seed}"


def _load_splits(
    source: Path,
    splits: dict[str, Files],
    class_names: tuple[str, ...],
    described: str,
    prepare: Prepare,
    log: PictureLog | None,
) -> DataSet:
    if log is not None:
        log.begin(sum(map(len, splits.values())))
    loaded = {title: _load(files, prepare, title, log) for title, files in splits.items() if files}
    if log is not None and not log.files:
        raise DataError(f"{source} has no picture that can be read; {log.describe_first()}")
    return DataSet(
        source.resolve().name,
        loaded.get("train"),
        loaded.get("validation"),
        loaded.get("test"),
        class_names,
        described,
    )


def _list_given_splits(folder: Path, titles: list[str]) -> tuple[dict[str, Files], tuple[str, ...]]:
    names = {title: [path.name for path in _class_folders(folder / title)] for title in titles}
    known = names[titles[0]]
    for title in titles[1:]:
        unknown = sorted(set(names[title]) - set(known))
        if unknown:
            raise DataError(
                f"{folder / title} has the class {unknown[0]}, which {folder / titles[0]} lacks; add it there"
            )
    class_names = _class_names(known)
    return {title: _list_files(folder / title, class_names) for title in titles}, class_names


def _class_folders(folder: Path) -> list[Path]:
    entries = _visible(folder)
    stray = [path for path in entries if not path.is_dir()]
    if not entries:
        raise DataError(f"{folder} is empty; expected one folder of pictures for each class")
    if stray:
        raise DataError(
            f"{stray[0]} is not a folder; expected one folder of pictures for each class, "
            "or IDX files named like train-images-idx3-ubyte"
        )
    return entries


def _class_names(names: list[str]) -> tuple[str, ...]:
    if set(names) <= set(DIGITS):
        return DIGITS
    # Whole numbers in the order of their value, so that 10 comes after 9; they stand before words.
    return tuple(sorted(names, key=lambda name: (0, int(name), name) if name.isdecimal() else (1, 0, name)))


def _list_files(folder: Path, class_names: tuple[str, ...]) -> Files:
    files: Files = []
    for label, name in enumerate(class_names):
        if not (folder / name).is_dir():
            continue
        pictures = _visible(folder / name)
        if not pictures:
            raise DataError(f"{folder / name} is empty; add pictures, or remove the folder")
        for path in pictures:
            if not path.is_file():
                raise DataError(f"{path} is not a file; expected pictures alone in the folder of a class")
            files.append((path, label))
    return files


def _visible(folder: Path) -> list[Path]:
    return [
        path
        for path in list_folder(folder)
        if not path.name.startswith(".") and path.name.lower() not in _SYSTEM_FILES
    ]


def _split_by_class(files: Files, seed: int) -> dict[str, Files]:
    splits: dict[str, Files] = {title: [] for title in _SPLITS}
    for label in sorted({label for _, label in files}):
        of_class = [file for file in files if file[1] == label]
        # A generator for each class, so that another class more or less moves no picture of this one.
        order = np.random.default_rng([seed, label]).permutation(len(of_class))
        shuffled = [of_class[place] for place in order]
        count = max(1, len(shuffled) // 10) if len(shuffled) >= 3 else 0
        splits["test"] += sorted(shuffled[:count])
        splits["validation"] += sorted(shuffled[count : 2 * count])
        splits["train"] += sorted(shuffled[2 * count :])
    return splits


def _load(files: Files, prepare: Prepare, title: str, log: PictureLog | None) -> Split | None:
    if log is None:
        images = [read_picture(path, prepare) for path, _ in files]
        return Split(np.stack(images), np.array([label for _, label in files], np.int64))
    images, labels = [], []
    for path, label in files:
        try:
            images.append(read_picture(path, prepare, log))
        except DataError as error:
            log.leave_out(path, error)
        else:
            labels.append(label)
            log.keep(title, path)
    return Split(np.stack(images), np.array(labels, np.int64)) if images else None
