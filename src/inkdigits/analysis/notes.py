"""One line on each thing in a data set that deserves attention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from inkdigits.analysis.collection import UNLABELED
from inkdigits.datasets.picture_log import SMALL

if TYPE_CHECKING:
    from inkdigits.analysis.findings import Analysis

__all__ = ["write_notes"]

_NAMED = 5
_FEW = 5  # images a class
_UNEVEN = 10
_MANY_CLASSES = 1000
_APART = 0.7


def write_notes(analysis: Analysis) -> Iterator[str]:
    """Yield the notes, the gravest first."""
    yield from _unreadable(analysis)
    yield from _small(analysis)
    yield from _classes(analysis)
    yield from _duplicates(analysis)
    yield from _images(analysis)
    yield from _drift(analysis)


def _unreadable(analysis: Analysis) -> Iterator[str]:
    rows = analysis.log.unreadable
    if rows:
        names = [f"{row.path} ({row.reason})" for row in rows]
        yield f"{_count(len(rows), 'file', 'files')} could not be read, left out: {_some(names)}"


def _small(analysis: Analysis) -> Iterator[str]:
    if analysis.log.small:
        names = [str(path) for path in analysis.log.small]
        yield (
            f"{_count(len(names), 'picture is', 'pictures are')} under {SMALL} pixels wide or high, and mostly made by "
            f"scaling: {_some(names)}"
        )


def _classes(analysis: Analysis) -> Iterator[str]:
    collection = analysis.collection
    counts = collection.counts().sum(axis=0)
    names = collection.class_names
    present = np.flatnonzero(counts)
    unlabeled = int((collection.labels == UNLABELED).sum())
    if unlabeled:
        yield f"{unlabeled:,} images have no labels, which were not looked at then"
    if len(present) == 1:
        yield (
            f"all labels are {names[present[0]]!r}; with one class alone no label can be doubted, "
            "nor any model trained: add images of another class"
        )
    elif len(present) > 1 and analysis.predictions is None:
        yield "no label could be judged: at most one class has two images that are no copies of one another"
    if len(present) > _MANY_CLASSES:
        yield f"there are {len(present):,} classes; the report shows the largest and the smallest of them"
    absent = [names[index] for index in np.flatnonzero(counts == 0)]
    if absent and len(present):
        yield f"{_count(len(absent), 'class has', 'classes have')} no images: {_some(absent)}"
    single = [names[index] for index in np.flatnonzero(counts == 1)]
    if single:
        yield (
            f"{_count(len(single), 'class has', 'classes have')} a single image, whose label cannot be "
            f"cross-validated: {_some(single)}; add images, or drop the class"
        )
    few = [f"{names[index]} ({counts[index]})" for index in present if 1 < counts[index] < _FEW]
    if few:
        yield f"{_count(len(few), 'class has', 'classes have')} fewer than {_FEW} images: {_some(few)}"
    if len(present) > 1 and counts[present].max() >= _UNEVEN * counts[present].min():
        most, least = present[counts[present].argmax()], present[counts[present].argmin()]
        yield (
            f"classes are uneven: {names[most]} has {counts[most]:,} images and "
            f"{names[least]} {counts[least]:,}"
        )


def _duplicates(analysis: Analysis) -> Iterator[str]:
    collection = analysis.collection
    for group in analysis.clashes[:_NAMED]:
        members = [
            f"{collection.place(number)} as {collection.label_name(number)}" for number in group[:_NAMED]
        ]
        yield f"the same image stands under several labels: {', '.join(members)}"
    if len(analysis.clashes) > _NAMED:
        yield f"{len(analysis.clashes) - _NAMED:,} more images stand under several labels; analysis.json names all"
    if analysis.exact:
        extra = sum(len(group) - 1 for group in analysis.exact)
        yield f"{_count(extra, 'image is an exact copy', 'images are exact copies')} of another"
    across = [group for group in analysis.exact if len({collection.splits[number] for number in group}) > 1]
    if across:
        yield (
            f"{_count(len(across), 'image stands', 'images stand')} in more than one split; "
            "a model is then scored on what it has learned"
        )


def _images(analysis: Analysis) -> Iterator[str]:
    blank = analysis.blank
    if len(blank):
        places = [str(analysis.collection.place(int(number))) for number in blank[:_NAMED]]
        yield f"{_count(len(blank), 'image is', 'images are')} blank: {_some(places, len(blank))}"
    if analysis.suspected:
        share = (
            analysis.suspected / max(int(analysis.predictions.judged.sum()), 1) if analysis.predictions else 0
        )
        yield (
            f"{_count(analysis.suspected, 'label looks', 'labels look')} wrong "
            f"({100 * share:.2f}% of those judged); look at them, the worst first"
        )


def _drift(analysis: Analysis) -> Iterator[str]:
    for drift in analysis.drifts:
        if drift.told_apart is not None and drift.told_apart >= _APART:
            furthest = max(drift.measures, key=lambda row: abs(row.difference))
            yield (
                f"{drift.second} differs from {drift.first}: a linear model tells their images apart "
                f"(area under the curve {drift.told_apart:.2f}); most in {furthest.name.replace('_', ' ')}, "
                f"{furthest.first:.1f} against {furthest.second:.1f}"
            )


def _count(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def _some(names: Sequence[str], count: int | None = None) -> str:
    count = len(names) if count is None else count
    shown = ", ".join(names[:_NAMED])
    return shown if count <= _NAMED else f"{shown} and {count - _NAMED:,} more"
