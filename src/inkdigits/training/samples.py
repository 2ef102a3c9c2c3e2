"""A few samples of symbols of one's own: folders, a table of labels or saved corrections, checked before any training.

What cannot be read is skipped and named; what contradicts itself is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigits.datasets.data_set import DIGITS
from inkdigits.datasets.labeled import list_labeled, trim_labels
from inkdigits.datasets.picture import picture_bytes, picture_candidates
from inkdigits.errors import DataError, InkdigitsError
from inkdigits.reading.decode import ImageSource

__all__ = [
    "MOST_CLASSES",
    "MOST_SAMPLES",
    "Samples",
    "check_samples",
    "load_samples",
    "normalize_samples",
    "require_digits",
]

MOST_CLASSES = 200
MOST_SAMPLES = 20_000
_LEAST_A_CLASS = 2
_NAMED = 3  # offenders that a message names; the rest are counted


@dataclass(frozen=True, eq=False)
class Samples:
    """Normalized images of symbols and what they are.

    images: uint8 (N, 28, 28), ink bright on 0. labels: int64 (N,), places in ``class_names``.
    candidates: for each image all that the normalizer makes of its picture, uint8 (K, 28, 28), the image first; a
        reader chooses among them.
    sources: for each image the file, or "image K", that it came from.
    skipped: a line for each input that could not be read or does not belong here, with the reason.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    candidates: tuple[NDArray[np.uint8], ...]
    sources: tuple[str, ...]
    skipped: tuple[str, ...] = ()


def load_samples(source: Path) -> Samples:
    """Load samples from a folder or a table, and check them as ``check_samples`` does.

    source: a folder of folders, one a class; a CSV file with the columns path and label, paths as seen from its
        folder; or the unpacked archive of a server's corrections, of which single symbols are taken.

    Pictures of any size pass the normalizer that reading uses. Hidden files are left out. Raise DataError where the
    source is missing or none of these.
    """
    try:
        listed, skipped = list_labeled(source)
        marks = _has_other_symbols([label for _, label in listed])
        read = [(str(path), label, partial(_read, path, marks)) for path, label in listed]
        candidates, labels, names = _what_can_be_read(read, skipped)
    except OSError as error:
        raise DataError(f"{error.filename or source} cannot be read: {error.strerror or error}") from error
    if not candidates:
        reason = f": {skipped[0]}" if skipped else ""
        raise DataError(
            f"{source} has no picture that can be read ({len(skipped)} skipped{reason}); "
            "expected a folder of pictures for each class"
        )
    return check_samples(candidates, labels, names, skipped)


def normalize_samples(images: Iterable[ImageSource], labels: Sequence[str]) -> Samples:
    """Normalize images that are at hand, and check them as ``check_samples`` does.

    images: paths, bytes, binary streams, PIL images or uint8 arrays of shape (H, W) or (H, W, 3).
    labels: a text for each.
    """
    given = list(images)
    if len(given) != len(labels):
        raise DataError(f"{len(given)} images came with {len(labels)} labels; give one for each")
    skipped: list[str] = []
    marks = _has_other_symbols([str(label) for label in labels])
    read = [
        (f"image {index}", str(label), partial(picture_candidates, image, marks=marks))
        for index, (image, label) in enumerate(zip(given, labels, strict=True))
    ]
    kept, texts, sources = _what_can_be_read(read, skipped)
    if not kept:
        raise DataError(f"none of {len(given)} images can be read; expected pictures of one symbol each")
    return check_samples(kept, texts, sources, skipped)


def check_samples(
    candidates: Sequence[NDArray[np.uint8]],
    labels: Sequence[str],
    sources: Sequence[str],
    skipped: Sequence[str],
) -> Samples:
    """Return samples whose labels are trimmed and whose repeats within a class are left out.

    candidates: for each sample uint8 (K, 28, 28), its image first. Raise DataError, naming offenders, where labels are
    empty or collide after trimming, where the same picture has two labels, for a class alone or with one sample, and
    for too many classes or samples.
    """
    trimmed = trim_labels(labels, sources)
    first: dict[bytes, int] = {}
    kept, dropped, clashes = [], list(skipped), []
    for index, looks in enumerate(candidates):
        earlier = first.setdefault(looks[0].tobytes(), index)
        if earlier == index:
            kept.append(index)
        elif trimmed[earlier] == trimmed[index]:
            dropped.append(f"{sources[index]}: the same picture as {sources[earlier]}")
        else:
            clashes.append(
                f"{sources[earlier]} ({trimmed[earlier]!r}) and {sources[index]} ({trimmed[index]!r})"
            )
    if clashes:
        raise DataError(f"the same picture has two labels: {_some(clashes)}; remove the wrong ones")
    counts = Counter(trimmed[index] for index in kept)
    _check_counts(counts)
    class_names = tuple(sorted(counts, key=_place))
    places = {name: place for place, name in enumerate(class_names)}
    return Samples(
        np.stack([candidates[index][0] for index in kept]),
        np.array([places[trimmed[index]] for index in kept], np.int64),
        class_names,
        tuple(candidates[index] for index in kept),
        tuple(sources[index] for index in kept),
        tuple(dropped),
    )


def require_digits(samples: Samples) -> None:
    """Raise DataError, naming them, where some of the samples' classes are no digits."""
    strange = [name for name in samples.class_names if name not in DIGITS]
    if strange:
        raise DataError(
            f"{', '.join(map(repr, strange[:3]))} is no digit, and with keep_digits all classes are; "
            "leave keep_digits away for symbols of your own"
        )


def _what_can_be_read(
    given: Iterable[tuple[str, str, Callable[[], NDArray[np.uint8]]]], skipped: list[str]
) -> tuple[list[NDArray[np.uint8]], list[str], list[str]]:
    """Read images, each given as its source, its label and what reads it; return candidates, labels and sources.

    A line for each that cannot be read is added to ``skipped``. Raise DataError for a class of which nothing can,
    where something of others can: its model would not know of it.
    """
    candidates, labels, sources = [], [], []
    lost: dict[str, str] = {}
    for source, label, read in given:
        try:
            candidates.append(read())
        except InkdigitsError as error:
            skipped.append(f"{source}: {error}")
            lost.setdefault(label.strip(), skipped[-1])
            continue
        labels.append(label)
        sources.append(source)
    gone = sorted(set(lost) - {label.strip() for label in labels})
    if gone and labels:
        raise DataError(
            f"no picture of class {_some([repr(name) for name in gone])} can be read ({lost[gone[0]]}); "
            "add samples, or remove the class"
        )
    return candidates, labels, sources


def _check_counts(counts: Counter[str]) -> None:
    if len(counts) == 1:
        raise DataError(f"there is only the class {next(iter(counts))!r}; finetune needs two or more")
    if len(counts) > MOST_CLASSES:
        raise DataError(
            f"there are {len(counts):,} classes; finetune takes at most {MOST_CLASSES}: is each folder one symbol?"
        )
    lone = [repr(name) for name, count in counts.items() if count < _LEAST_A_CLASS]
    if lone:
        raise DataError(
            f"one sample alone in class {_some(lone)}; add samples (20 a class do well), or remove the class"
        )
    if counts.total() > MOST_SAMPLES:
        raise DataError(
            f"there are {counts.total():,} samples; finetune takes at most {MOST_SAMPLES:,}, "
            "and inkdigits train is for more"
        )


def _place(name: str) -> tuple[int, int, str]:
    """Whole numbers come in the order of their value, before words."""
    return (0, int(name), name) if name.isascii() and name.isdigit() else (1, 0, name)


def _some(items: Sequence[str]) -> str:
    more = f", and {len(items) - _NAMED} more" if len(items) > _NAMED else ""
    return ", ".join(items[:_NAMED]) + more


def _has_other_symbols(labels: Iterable[str]) -> bool:
    """Tell whether a model of such labels reads more than digits, as ``ModelFacts.has_other_symbols`` will."""
    return not {label.strip() for label in labels} <= set("0123456789")


def _read(path: Path, marks: bool) -> NDArray[np.uint8]:
    if path.is_symlink() and not path.exists():
        raise DataError("a link to nothing")
    if not path.is_file():
        raise DataError("not a file; expected a picture")
    return picture_candidates(picture_bytes(path), marks=marks)
