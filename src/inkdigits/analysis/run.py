"""What is in a data set, and what is wrong with it: everything that ``inkdigits analyze`` tells."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inkdigits.analysis.collection import UNLABELED, Collection, collect
from inkdigits.analysis.doubts import Doubt, find_doubts, find_hard
from inkdigits.analysis.drift import Drift, compare
from inkdigits.analysis.duplicates import find_exact, find_near, join_twins
from inkdigits.analysis.embedding_map import draw_map
from inkdigits.analysis.features import embed
from inkdigits.analysis.findings import Analysis
from inkdigits.analysis.measures import find_blank, find_outliers, measure
from inkdigits.analysis.notes import write_notes
from inkdigits.analysis.predictions import FOLDS, Predictions, predict_unseen
from inkdigits.analysis.report import write_analysis
from inkdigits.datasets import DataSet, PictureLog, load_data
from inkdigits.errors import MissingExtraError, UsageError
from inkdigits.training.run_folder import open_run_folder

__all__ = ["AnalysisProgress", "analyze"]

_MAPPED = 2000  # images; their pictures are half a megabyte of the report
_LISTED = 100  # of each split
_OUTLIERS = 48
_COMPARED = 10_000  # images of the other set, drawn at random
_HARDEST = 48

Source = str | Path | DataSet


class AnalysisProgress(Protocol):
    """Something that is told how an analysis goes."""

    def stage(self, title: str, total: int) -> None:
        """Begin a stage of ``total`` steps; the one before it is done."""

    def advance(self, count: int) -> None:
        """Take note of steps that are done."""


def analyze(
    data: Source = "mnist",
    *,
    against: Source | None = None,
    output: str | Path | None = None,
    seed: int = 0,
    progress: AnalysisProgress | None = None,
) -> Analysis:
    """Say what is in a data set: how it is made up, what stands out, which labels look wrong, how it drifts.

    data: "mnist", a path that ``load_data`` takes, or a data set. Pictures of a folder that cannot be read are left
        out and noted. against: a second one, whose drift from the first is measured, on at
        most 10,000 of its images.
    output: a new folder for report.html, analysis.json and card.md, which appears whole or not at all; None writes
        none.
    seed: of folds, networks and samples. progress: is told how it goes.

    Raise OutputError before any work where ``output`` is taken or cannot be made; DataError for what is no data set,
    has no images, or has two classes of one name but for spaces; MissingExtraError without the analyze extra;
    UsageError for a negative seed.

    >>> analyze("mnist", seed=-1)
    Traceback (most recent call last):
    ...
    inkdigits.errors.UsageError: seed is -1; expected a whole number from 0
    """
    if seed < 0:
        raise UsageError(f"seed is {seed}; expected a whole number from 0")
    _require_packages()
    if output is None:
        return _analyze(data, against, seed, _Stages(progress))
    with open_run_folder(output, Path(output)) as folder:
        analysis = _analyze(data, against, seed, _Stages(progress))
        write_analysis(analysis, folder.draft)
        folder.publish()
    return analysis


def _require_packages() -> None:
    """Raise MissingExtraError for what would be missed only after minutes of work."""
    for package in ("onnx", "cleanlab", "sklearn", "openTSNE", "keras"):
        if find_spec(package) is None:
            raise MissingExtraError("analyze", package)


def _analyze(source: Source, against: Source | None, seed: int, stages: _Stages) -> Analysis:
    data, log = _load(source, stages)
    collection = collect(data, log)
    other = None
    if against is not None:
        other = collect(*_load(against, stages))
    count = len(collection)
    measures = measure(collection.images, stages.begin("measuring", count))
    features = embed(collection.images, stages.begin("embedding", count))
    exact = find_exact(collection.images)
    near = find_near(collection.images, stages.begin("looking for near duplicates", count))
    predictions = predict_unseen(
        collection,
        features,
        twins=join_twins(exact, near),
        seed=seed,
        tell=stages.begin("cross-validating", FOLDS),
    )
    doubts, suspected, hardest = _judge(predictions, collection)
    stages.begin("drawing the map", 1)
    drawn = draw_map(features, _MAPPED, seed=seed)
    drifts, strangers = _drifts(collection, measures, features, other, seed, stages)
    analysis = Analysis(
        data=data,
        collection=collection,
        log=log,
        measures=measures,
        blank=find_blank(measures),
        outliers=find_outliers(collection, measures, _OUTLIERS),
        exact=exact,
        near=near,
        clashes=[group for group in exact if len(_labels_of(collection, group)) > 1],
        predictions=predictions,
        doubts=doubts,
        suspected=suspected,
        hardest=hardest,
        map=drawn,
        drifts=drifts,
        other=other,
        strangers=strangers,
    )
    analysis.notes.extend(write_notes(analysis))
    return analysis


class _Stages:
    """Tells a progress, if there is one."""

    def __init__(self, progress: AnalysisProgress | None) -> None:
        self._progress = progress

    def begin(self, title: str, total: int) -> Callable[[int], None]:
        """Begin a stage; what is returned is given how many more steps are done."""
        if self._progress is None:
            return lambda count: None  # noqa: ARG005
        self._progress.stage(title, total)
        return self._progress.advance


def _load(source: Source, stages: _Stages) -> tuple[DataSet, PictureLog]:
    log = PictureLog()
    if isinstance(source, DataSet):
        return source, log
    tell: Callable[[int], None] | None = None

    def read(done: int, total: int) -> None:
        nonlocal tell
        if tell is None:
            tell = stages.begin(f"reading {Path(source).name}", total)
        if done % 50 == 0:
            tell(50)

    log.on_read = read
    return load_data(source, log=log, split_folders=False), log


def _labels_of(collection: Collection, group: list[int]) -> set[int]:
    return {int(collection.labels[number]) for number in group} - {UNLABELED}


def _judge(predictions: Predictions | None, collection: Collection) -> tuple[list[Doubt], int, list[Doubt]]:
    if predictions is None:
        return [], 0, []
    doubts, suspected = find_doubts(predictions, collection.labels, collection.splits, _LISTED)
    return doubts, suspected, find_hard(predictions, collection.labels, _HARDEST)


def _drifts(
    collection: Collection,
    measures: NDArray[np.float32],
    features: NDArray[np.float32],
    other: Collection | None,
    seed: int,
    stages: _Stages,
) -> tuple[list[Drift], list[int]]:
    """Return the drift from the first split to each other one, and that from the other set, with our strangest."""
    names = collection.split_names
    parts = {name: collection.members(name) for name in names}
    first = parts[names[0]]
    stages.begin("measuring drift", 1)
    drifts = [
        compare(
            (names[0], measures[first], features[first]),
            (name, measures[parts[name]], features[parts[name]]),
            seed=seed,
        )
        for name in names[1:]
    ]
    if other is None:
        return drifts, []
    sample = np.sort(np.random.default_rng(seed).permutation(len(other))[:_COMPARED])
    drift = compare(
        (other.name, measure(other.images[sample]), embed(other.images[sample])),
        (collection.name, measures, features),
        seed=seed,
    )
    return [*drifts, drift], drift.strangest.tolist()
